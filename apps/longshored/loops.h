#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace longshore::server {

/// One io_context a core, a thread each: a connection stays on its loop, so nothing on the path of its bytes
/// needs a lock.
class Loops {
 public:
  explicit Loops(std::size_t count);
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;
  ~Loops();  // stops and joins

  /// Runs them; the first one on the calling thread. Returns after stop().
  void run();
  /// From any thread. What has not ended by then is dropped with the loops.
  void stop();

  /// For what belongs to the server as a whole: signals, background work.
  [[nodiscard]] boost::asio::io_context& first() { return *loops_.front(); }
  [[nodiscard]] std::vector<boost::asio::io_context*> all();

 private:
  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  std::vector<Work> work_;
  std::vector<std::thread> threads_;
};

}  // namespace longshore::server
