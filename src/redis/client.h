#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "net/gate.h"
#include "redis/router.h"

namespace longshore::redis {

/// Runs scripts on a server, on the master that Sentinels name, or in a cluster. All calls of the process
/// share one connection a server, on a thread of the client's own. Whatever happens to a server, a call
/// ends within Options::timeout: until then one that has not been done is sent again, to wherever the keys
/// are by then.
class Client final : public ScriptRunner {
 public:
  /// Connects to nothing yet. Throws std::runtime_error if a certificate's file cannot be read.
  Client(const Options& options, Timers& timers, Random& random, const Log& log);
  /// Calls under way are dropped: the loops that wait for them must still exist.
  ~Client() override;

  Task<std::vector<Reply>> run(std::vector<Call> calls) override;

 private:
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_;
  Gate gate_;
  std::unique_ptr<Router> router_;  // used on loop_ alone
  std::thread thread_;
};

}  // namespace longshore::redis
