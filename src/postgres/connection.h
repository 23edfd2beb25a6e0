#pragma once

#include <functional>
#include <optional>
#include <string>

#include <pqxx/connection>
#include <pqxx/errorhandler>
#include <pqxx/transaction_base>

#include "base/file.h"
#include "postgres/options.h"
#include "postgres/values.h"
#include "postgres/watchdog.h"

namespace longshore::postgres {

/// Runs statements on a connection, for the block that it was given to. SQL texts are literals; data goes
/// into them as $1, $2, ... Each statement is planned for its own values, and none is left prepared. Throws
/// what libpqxx throws.
class Session {
 public:
  explicit Session(pqxx::transaction_base& statements) : statements_(statements) {}

  template <class... Values>
  Rows query(const std::string& sql, const Values&... values) {
    return Rows(statements_.exec_params(sql, parameter(values)...));
  }
  /// How many rows it inserted, updated or deleted.
  template <class... Values>
  std::int64_t run(const std::string& sql, const Values&... values) {
    return query(sql, values...).changed();
  }
  /// Several statements without parameters: schemas.
  void execute(const std::string& sql) { statements_.exec(sql); }

 private:
  pqxx::transaction_base& statements_;
};

/// One connection: it never connects again by itself. One thread at a time. Throws pqxx::failure.
class Connection {
 public:
  /// Connects, by the deadline or so (libpq counts seconds), and says what the session's limits and its
  /// schema are. `watchdog` outlives it.
  Connection(const Options& options, Watchdog& watchdog, Deadline deadline);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Each statement of `work` by itself.
  void read(Deadline deadline, const std::function<void(Session&)>& work);
  /// In a transaction, which is committed if `work` returns true. pqxx::in_doubt_error: the connection was
  /// lost at the commit.
  void write(Deadline deadline, const std::function<bool(Session&)>& work);

  /// False: it was closed, by whomever.
  [[nodiscard]] bool is_there() const { return connection_.is_open(); }
  /// Asks the server.
  [[nodiscard]] bool answers(Deadline deadline);
  /// To be waited for, with poll(2).
  [[nodiscard]] int socket() const { return connection_.sock(); }
  [[nodiscard]] pqxx::connection& libpqxx() { return connection_; }

 private:
  Watchdog& watchdog_;
  pqxx::connection connection_;
  pqxx::quiet_errorhandler no_notices_{connection_};
  Fd socket_;  // the same one by a number of our own: libpq may close its number while it is watched
};

}  // namespace longshore::postgres
