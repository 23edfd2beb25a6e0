#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/system/error_code.hpp>

#include "base/clock.h"
#include "domain/error.h"
#include "net/timers.h"
#include "net/waiter.h"
#include "ports/body_source.h"
#include "tests/fakes/describe.h"

/// Faults around the ports: every call crosses a link between a server and the world, on which it can be
/// slow, get lost, lose its answer, hang, arrive after its sender has given up, or be the moment at which the
/// server dies. The decorators are in
/// faulty_ports.h and faulty_object_store.h.
namespace longshore::fakes {

/// Where a call goes.
struct CallSite {
  std::string_view port;                  // "catalog", "sessions", "store", "events"
  std::string_view call;                  // "commit", ...
  Reason unavailable = Reason::internal;  // what the port says when it does not answer
};

/// What becomes of one call. The default: it arrives and is answered at once.
struct Fate {
  enum class Death { none, before_effect, after_effect };

  bool effect = true;      // it arrives
  Millis effect_after{0};  // so long after it was made
  Millis answer_after{0};  // a true answer: so long after the effect; a failure: so long after the call was
                           // made, so that the effect may come later, or never
  std::optional<Error> failure;  // told in place of the true answer
  Death death = Death::none;     // the server dies of it: at the moment before, or after, the effect
  // Of calls with a body:
  bool before_body = false;                 // refused before a byte of it was asked for
  std::optional<std::int64_t> body_cut_at;  // this many bytes of it arrive
  bool garbled = false;  // it arrives with other bytes, which the store tells by their checksum, and says so
};

/// One server's way to the world. It outlives the calls that cross it, also those of a server that has died.
/// One thread.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  virtual Fate fate_of(const CallSite& site) = 0;
  virtual void server_dies() = 0;
  /// Runs when the server dies.
  virtual void on_death(std::function<void()> action) = 0;
  /// Runs on the world's side, whatever becomes of the server.
  virtual void spawn_in_world(Task<void> work) = 0;
  virtual Timers& world_timers() = 0;
  /// A call has had its effect (or was refused by the port itself).
  virtual void happened(const CallSite& /*site*/) {}

  /// The history of what happened, where somebody reads it.
  [[nodiscard]] virtual bool tells() const { return false; }
  virtual void tell(const CallSite& /*site*/, const std::string& /*arguments*/, const Fate& /*fate*/,
                    const std::string& /*outcome*/) {}
};

/// The arguments of a call in words, where somebody reads them.
template <class... Args>
std::string words(const Link& link, const Args&... args) {
  std::string text;
  if (link.tells()) ((text += (text.empty() ? "" : ", ") + describe(args)), ...);
  return text;
}

/// A moment that one coroutine waits for and somebody else brings about; it stays.
class Moment {
 public:
  void come();
  [[nodiscard]] bool has_come() const { return state_->come; }
  /// It will never come: who waits for it is destroyed.
  void abandon() { state_->waiter.reset(); }
  /// Throws operation_aborted when cancelled.
  Task<void> wait();

 private:
  struct State {
    bool come = false;
    std::optional<Waiter<Nothing>> waiter;
    void wake(boost::system::error_code error);
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// An answer on its way back: set once, by the world; taken once, by the server. What comes second is
/// dropped.
template <class T>
class Answer {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, Nothing, T>;

  void set(Value value) {
    if (!moment_.has_come()) value_ = std::move(value);
    moment_.come();
  }
  void fail(std::exception_ptr error) {
    if (!moment_.has_come()) error_ = std::move(error);
    moment_.come();
  }
  /// Nobody will answer any more.
  void abandon() { moment_.abandon(); }
  [[nodiscard]] bool is_set() const { return moment_.has_come(); }

  static Task<T> await(std::shared_ptr<Answer> self) {
    co_await self->moment_.wait();
    if (self->error_) std::rethrow_exception(self->error_);
    if constexpr (!std::is_void_v<T>) co_return std::move(*self->value_);
  }

 private:
  Moment moment_;
  std::optional<Value> value_;
  std::exception_ptr error_;
};

/// Held by all who may give an answer: when the last of them has gone without, who waits for it goes too.
template <class T>
class Promise {
 public:
  explicit Promise(std::shared_ptr<Answer<T>> answer) : answer_(std::move(answer)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() { answer_->abandon(); }

  Answer<T>* operator->() const { return answer_.get(); }

 private:
  std::shared_ptr<Answer<T>> answer_;
};

/// The world's side of one call: the effect, when and if it arrives, and then its answer.
template <class T>
Task<void> travel(Link& link, CallSite site, std::string arguments, Fate fate,
                  std::function<Task<T>()> effect, std::shared_ptr<Promise<T>> promise) {
  if (fate.death == Fate::Death::before_effect) link.server_dies();
  if (fate.effect_after > Millis{0}) co_await link.world_timers().sleep_for(fate.effect_after);
  std::optional<typename Answer<T>::Value> value;
  std::exception_ptr error;
  if (fate.effect) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await effect();
        value.emplace();
      } else {
        value = co_await effect();
      }
    } catch (const Error&) {
      error = std::current_exception();
    }
    link.happened(site);
  }
  if (fate.death == Fate::Death::after_effect) link.server_dies();
  if (link.tells()) link.tell(site, arguments, fate, value ? describe(*value) : describe(error));
  if (fate.failure || !fate.effect) co_return;
  if (fate.answer_after > Millis{0}) co_await link.world_timers().sleep_for(fate.answer_after);
  if (error) {
    (*promise)->fail(error);
  } else {
    (*promise)->set(std::move(*value));
  }
}

template <class T>
Task<void> report_failure(Link& link, Fate fate, std::shared_ptr<Promise<T>> promise) {
  if (fate.answer_after > Millis{0}) co_await link.world_timers().sleep_for(fate.answer_after);
  (*promise)->fail(std::make_exception_ptr(*fate.failure));
}

/// Sends a call across the link: its `effect` runs on the world's side, where it goes on even if the server
/// dies or gives up.
template <class T>
std::shared_ptr<Answer<T>> send(Link& link, CallSite site, std::string arguments, Fate fate,
                                std::function<Task<T>()> effect) {
  auto answer = std::make_shared<Answer<T>>();
  auto promise = std::make_shared<Promise<T>>(answer);
  if (fate.failure) link.spawn_in_world(report_failure<T>(link, fate, promise));
  link.spawn_in_world(
      travel<T>(link, site, std::move(arguments), fate, std::move(effect), std::move(promise)));
  return answer;
}

template <class T>
Task<T> carry(Link& link, CallSite site, std::string arguments, std::function<Task<T>()> effect) {
  co_return co_await Answer<T>::await(
      send<T>(link, site, std::move(arguments), link.fate_of(site), std::move(effect)));
}

}  // namespace longshore::fakes
