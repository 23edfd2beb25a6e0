#pragma once

#include <string>
#include <sys/types.h>

namespace longshore::services {

/// A MinIO of the test's own (tests/services/minio), there for as long as this object. Tests run at the root
/// of the repository, where the script is found.
class MinioProcess {
 public:
  enum class Tls { no, yes };

  /// Blocks until it serves. Throws std::runtime_error if it cannot be had: a test without it has failed.
  explicit MinioProcess(Tls tls);
  MinioProcess(const MinioProcess&) = delete;
  MinioProcess& operator=(const MinioProcess&) = delete;
  ~MinioProcess();

  std::string endpoint;  // a URL
  std::string access_key;
  std::string secret_key;
  std::string ca_file;     // PEM; "" without TLS
  pid_t server_process{};  // to be stopped and woken by a test

 private:
  void start(Tls tls);
  [[nodiscard]] std::string read_line() const;
  void end();

  pid_t script_ = -1;
  int to_script_ = -1;
  int from_script_ = -1;
};

}  // namespace longshore::services
