#pragma once

#include <string>
#include <sys/types.h>

#include "tests/services/service_script.h"

namespace longshore::services {

/// A MinIO of the test's own (tests/services/minio), there for as long as this object.
class MinioProcess {
 public:
  enum class Tls { no, yes };

  /// Blocks until it serves. Throws std::runtime_error if it cannot be had: a test without it has failed.
  explicit MinioProcess(Tls tls);

 private:
  ServiceScript script_;

 public:
  const std::string endpoint;  // a URL
  const std::string access_key;
  const std::string secret_key;
  const std::string ca_file;   // PEM; "" without TLS
  const pid_t server_process;  // to be stopped and woken by a test
};

}  // namespace longshore::services
