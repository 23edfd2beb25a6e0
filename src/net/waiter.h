#pragma once

#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

namespace longshore {

/// A suspended coroutine (the handler of an async_initiate) that somebody will wake, once, from any thread,
/// with a result of type T. It resumes on its own executor, never inside wake(), and keeps that executor busy
/// until then. Dropping a Waiter unwoken destroys its coroutine, through that executor, which must therefore
/// still exist.
template <class T>
class Waiter {
 public:
  template <class Handler>
  explicit Waiter(Handler handler)
      : busy_(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}

  /// Has `give_up()` called, on the coroutine's executor, if it is cancelled; also when it was woken already.
  /// Before anybody may wake it.
  template <class F>
  void on_cancel(F give_up) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected())
      slot.assign([give_up = std::move(give_up)](boost::asio::cancellation_type) { give_up(); });
  }

  void wake(boost::system::error_code error, T result) && {
    boost::asio::post(busy_.get_executor(),
                      [handler = std::move(handler_), error, result = std::move(result)]() mutable {
                        std::move(handler)(error, std::move(result));
                      });
  }

 private:
  boost::asio::executor_work_guard<boost::asio::any_io_executor> busy_;
  boost::asio::any_completion_handler<void(boost::system::error_code, T)> handler_;
};

/// Wakes a coroutine that waited for an event alone.
struct Nothing {};

}  // namespace longshore
