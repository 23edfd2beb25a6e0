#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "redis/options.h"
#include "redis/reply.h"
#include "tests/services/service_script.h"

namespace longshore::services {

/// Redis servers of the test's own (tests/services/redis), there for as long as this object.
class RedisProcess {
 public:
  /// `kind`: single, tls, cluster, replicated-cluster, sentinel. Blocks until they serve. Throws
  /// std::runtime_error if they cannot be had: a test without them has failed.
  explicit RedisProcess(const std::string& kind);

  /// Of a client.
  [[nodiscard]] redis::Options options() const;
  /// What that server answers to a command of its operator. Throws redis::Lost.
  redis::Reply tell(std::size_t server, std::vector<std::string> words) const;
  /// Nothing is left on any server, no script either.
  void wipe() const;

 private:
  ServiceScript script_;

 public:
  const std::string url;
  const std::string socket;  // another URL of the single one
  const std::string username;
  const std::string password;
  const std::string ca_file;
  const std::string certificate_file;
  const std::string key_file;
  const std::vector<pid_t> servers;  // to be stopped, woken and killed by a test
  const std::vector<int> ports;      // of the same
};

}  // namespace longshore::services
