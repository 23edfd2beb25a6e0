#pragma once

#include <string>
#include <sys/types.h>

#include "postgres/options.h"
#include "tests/services/service_script.h"

namespace longshore::services {

/// A PostgreSQL server of the test's own (tests/services/postgres), there for as long as this object.
class PostgresProcess {
 public:
  /// Blocks until it serves. Throws std::runtime_error if it cannot be had: a test without it has failed.
  PostgresProcess();

  /// Of the user that owns the database.
  [[nodiscard]] postgres::Options options(const std::string& schema) const;
  /// Runs statements as its operator; the first field of the answer, "" if there is none. Throws
  /// pqxx::failure.
  std::string tell(const std::string& sql) const;
  /// What it has logged.
  [[nodiscard]] std::string logged() const;

  /// SIGKILL, with all its connections. It is started again a moment later.
  void kill() const;
  /// Until it takes connections.
  void wait_until_it_serves() const;

 private:
  ServiceScript script_;

 public:
  const std::string url;
  const std::string socket;
  const std::string password;
  const std::string ca_file;
  const std::string log;
  const std::string pid_file;
  const int port;
};

/// The server of this program: started for the first who asks, there until the program ends.
PostgresProcess& the_postgres();

/// A schema on it that is nobody else's. Whoever opens it creates it.
class OwnSchema {
 public:
  [[nodiscard]] postgres::Options options() const { return the_postgres().options(schema); }
  /// PostgresProcess::tell, with its names found in this schema.
  std::string tell(const std::string& sql) const;

 private:
  static std::string next_name();

 public:
  const std::string schema = next_name();
};

}  // namespace longshore::services
