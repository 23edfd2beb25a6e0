#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "coordinator/coordinator.h"
#include "tests/fakes/faulty_object_store.h"
#include "tests/fakes/faulty_ports.h"
#include "tests/fakes/resending_store.h"
#include "tests/sim/link.h"
#include "tests/sim/world.h"

namespace longshore::sim {

/// The connection broke: the server died, or was not there.
struct Disconnected {};
/// The client disconnected before the answer came.
struct Impatient {};

/// One life of a server, from its start to its death: all that a real one has in its memory. Kept to the end
/// of the history, since what it has sent may still arrive.
class ServerLife {
 public:
  ServerLife(World& world, std::string name, Dice dice, std::function<void()> die);

  [[nodiscard]] Process& process() { return process_; }
  [[nodiscard]] Coordinator& coordinator() { return *coordinator_; }
  [[nodiscard]] BufferPool& buffers() { return *buffers_; }
  void drop_buffers() { buffers_.reset(); }
  [[nodiscard]] SimLink& link() { return link_; }
  void start_loops();

 private:
  /// Tells the invariants which rows were acknowledged to the one who drains.
  class HeardSink;

  Task<void> sweep_loop();
  Task<void> drain_loop();

  World& world_;
  Process& process_;
  SimLink link_;
  Dice dice_;
  SimClock clock_;
  SimRandom random_;
  std::optional<BufferPool> buffers_;
  fakes::FaultyCatalog catalog_;
  fakes::FaultySessionStore sessions_;
  struct StoreSeen {
    StoreSeen(ObjectStore& store, fakes::Link& link, Timers& timers)
        : faulty(store, link), resending(faulty, timers) {}
    fakes::FaultyObjectStore faulty;
    fakes::ResendingStore resending;
  };
  std::map<DriveName, StoreSeen> stores_;
  fakes::FaultyEventSink sink_;
  std::unique_ptr<EventSink> heard_;
  std::unique_ptr<Coordinator> coordinator_;
};

/// A server with its lives: started, killed, frozen, started again.
class Server {
 public:
  Server(World& world, std::string name, Dice dice);

  void boot();
  void crash();
  /// Goes for good.
  void retire();
  /// Stands still, as by SIGSTOP, and goes on later as if nothing had been.
  void freeze(Millis duration);
  [[nodiscard]] bool is_up() const { return !life_->process().dead(); }
  [[nodiscard]] ServerLife& life() { return *life_; }
  void look_at_memory();
  /// At the end of the world: those who still wait for memory go.
  void drop_buffers();

  /// Has the server run a verb for a client who waits at most `patience`. Throws Error, Disconnected,
  /// Impatient.
  template <class T>
  Task<T> ask(std::function<Task<T>(ServerLife&)> verb, Millis patience);

 private:
  template <class T>
  struct Exchange;
  template <class T>
  static Task<void> serve(World& world, ServerLife& life, std::function<Task<T>(ServerLife&)> verb,
                          std::shared_ptr<Exchange<T>> exchange);
  template <class T>
  static Task<void> hang_up(World& world, Process& process, std::shared_ptr<Exchange<T>> exchange,
                            Millis patience);
  Task<void> restart_after(Millis delay);
  Task<void> thaw_after(Process& process, Millis delay);

  World& world_;
  std::string name_;
  Dice dice_;
  int lives_ = 0;
  bool retired_ = false;
  ServerLife* life_ = nullptr;
  std::vector<std::unique_ptr<ServerLife>> all_lives_;
};

/// One request and its answer.
template <class T>
struct Server::Exchange {
  std::shared_ptr<fakes::Answer<T>> answer = std::make_shared<fakes::Answer<T>>();
  fakes::Promise<T> promise{answer};
  boost::asio::cancellation_signal signal;
  bool hung_up = false;
};

template <class T>
Task<void> Server::serve(World& world, ServerLife& life, std::function<Task<T>(ServerLife&)> verb,
                         std::shared_ptr<Exchange<T>> exchange) {
  try {
    exchange->answer->set(co_await verb(life));
  } catch (const Error& error) {
    if (error.reason() == Reason::internal) world.invariants.violated("error", error.message());
    exchange->answer->fail(std::current_exception());
  } catch (const std::exception& error) {
    if (!exchange->hung_up) world.invariants.violated("error", std::string("a verb threw: ") + error.what());
    exchange->answer->fail(std::make_exception_ptr(Disconnected{}));
  }
}

template <class T>
Task<void> Server::hang_up(World& world, Process& process, std::shared_ptr<Exchange<T>> exchange,
                           Millis patience) {
  co_await world.timers.sleep_for(patience);
  if (exchange->answer->is_set()) co_return;
  exchange->hung_up = true;
  exchange->answer->fail(std::make_exception_ptr(Impatient{}));
  // The server notices that its client is gone, unless it is dead; a frozen one later.
  boost::asio::post(process.executor(),
                    [exchange] { exchange->signal.emit(boost::asio::cancellation_type::terminal); });
}

template <class T>
Task<T> Server::ask(std::function<Task<T>(ServerLife&)> verb, Millis patience) {
  if (!is_up()) {
    co_await world_.timers.sleep_for(Millis{100});
    throw Disconnected{};
  }
  auto exchange = std::make_shared<Exchange<T>>();
  ServerLife& life = *life_;
  life.link().on_death([weak = std::weak_ptr(exchange->answer)] {
    if (const auto still = weak.lock()) still->fail(std::make_exception_ptr(Disconnected{}));
  });
  // As a front does: a client who is gone before its request was begun is not served at all.
  boost::asio::post(life.process().executor(), [this, &life, verb = std::move(verb), exchange]() mutable {
    if (exchange->hung_up) return;
    boost::asio::co_spawn(
        life.process().executor(), serve<T>(world_, life, std::move(verb), exchange),
        boost::asio::bind_cancellation_slot(exchange->signal.slot(), [exchange](std::exception_ptr) {}));
  });
  auto answer = exchange->answer;
  start(world_.nature, hang_up<T>(world_, life.process(), std::move(exchange), patience));
  co_return co_await fakes::Answer<T>::await(std::move(answer));
}

}  // namespace longshore::sim
