#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace longshore {

/// Every spawned coroutine passes a gate: held while it runs, drained at shutdown. Nothing is spawned without
/// one. Thread-safe: coroutines on several executors may share a gate.
class Gate {
 public:
  Gate();
  ~Gate();  // the gate must be drained, or the executors stopped for good, before
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Starts `work` on `executor`; false (and `work` is dropped unstarted) once the gate is closed. An
  /// exception that leaves `work` goes to `on_error`.
  bool spawn(boost::asio::any_io_executor executor, boost::asio::awaitable<void> work,
             std::function<void(std::exception_ptr)> on_error);

  /// Closes the gate: no more spawn() succeeds. Idempotent.
  void close();
  /// Asks every running coroutine to stop (Asio cancellation, terminal).
  void cancel();
  /// Waits until the last one has left. Call close() first.
  boost::asio::awaitable<void> drained();

  [[nodiscard]] std::size_t running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace longshore
