#pragma once

#include "tests/sim/client.h"

/// How a client asks: templates of Client, for its own files.
namespace longshore::sim {

/// Whether the same request may be answered otherwise later.
bool is_worth_another_try(const Error& error);

template <class T>
Task<T> Client::request(std::string what, std::function<Task<T>(ServerLife&)> verb) {
  constexpr Millis kPatience = std::chrono::minutes{2};
  if (is_in_mood_for(habits().goes_away)) {
    world_.story.tell(name_, "goes away and is never seen again");
    throw Gone{};
  }
  const bool impatient = is_in_mood_for(habits().impatient);
  const Millis patience = impatient ? dice_.between(Millis{1}, Millis{5000}) : kPatience;
  Server& server = world_.some_server(dice_);
  world_.story.tell(name_, what, " of ", server.life().process().name());
  std::string answer;
  std::exception_ptr failure;
  try {
    T value = co_await server.ask<T>(std::move(verb), patience);
    world_.story.tell(name_, what, " is answered");
    co_return value;
  } catch (const Error& error) {
    answer = fakes::describe(error);
    failure = std::current_exception();
  } catch (const Disconnected&) {
    answer = "connection lost";
    failure = std::current_exception();
  } catch (const Impatient&) {
    answer = "did not wait";
    failure = std::current_exception();
  }
  world_.story.tell(name_, what, " -> ", answer);
  std::rethrow_exception(failure);
}

template <class T>
Task<T> Client::insist(std::string what, std::function<Task<T>(ServerLife&)> verb) {
  for (;;) {
    doing_ = what;
    bool refused = false;
    try {
      co_return co_await request<T>(what, verb);
    } catch (const Error& error) {
      if (!is_worth_another_try(error)) throw;
      refused = error.reason() == Reason::store_refused;
    } catch (const Disconnected&) {
    } catch (const Impatient&) {
    }
    co_await (refused ? pause_for_long() : pause());
  }
}

}  // namespace longshore::sim
