#pragma once

#include <string>
#include <sys/types.h>

#include "kafka/options.h"
#include "tests/services/service_script.h"

namespace longshore::services {

/// A Kafka broker of the test's own (tests/services/kafka), there for as long as this object.
class KafkaProcess {
 public:
  /// Blocks until it serves. Throws std::runtime_error if it cannot be had: a test without it has failed.
  KafkaProcess();

  /// The one of a test program, started by the first that asks for it.
  static KafkaProcess& of_this_program();

  /// Without TLS or user.
  [[nodiscard]] kafka::Options options() const;
  /// With both, as a user who may do everything.
  [[nodiscard]] kafka::Options secure_options() const;
  /// With both, as one who may do nothing but what grant() names.
  [[nodiscard]] kafka::Options guest_options() const;
  /// WRITE and DESCRIBE on the topics of that prefix. Throws std::runtime_error.
  void grant(const std::string& prefix) const;

  /// It answers nothing until resume().
  void pause() const;
  void resume() const;
  /// SIGKILL, with all its connections. It is started again, on the same data.
  void kill() const;

 private:
  [[nodiscard]] pid_t process() const;

  ServiceScript script_;

 public:
  const std::string brokers;
  const std::string secure_brokers;
  const std::string username;
  const std::string guest;
  const std::string password;
  const std::string ca_file;
  const std::string pid_file;
};

}  // namespace longshore::services
