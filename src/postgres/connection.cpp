#include "postgres/connection.h"

#include <unistd.h>

#include <fmt/format.h>
#include <pqxx/nontransaction>
#include <pqxx/transaction>

#include "postgres/conninfo.h"

namespace longshore::postgres {

Connection::Connection(const Options& options, Watchdog& watchdog, Deadline deadline)
    : watchdog_(watchdog), connection_(std::string(conninfo(options).expose())) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);  // else a lost transaction would go on in a new session
#pragma clang diagnostic pop
  socket_ = Fd(::dup(connection_.sock()));
  // On the server too: what we have given up must not go on there, nor hold locks.
  read(deadline, [&](Session& session) {
    session.execute(
        fmt::format("SET search_path = {0}; SET client_encoding = 'UTF8'; SET statement_timeout = {1};"
                    "SET idle_in_transaction_session_timeout = {1}",
                    options.schema, options.timeout.count()));
  });
}

void Connection::read(Deadline deadline, const std::function<void(Session&)>& work) {
  const Watchdog::Watch watch(watchdog_, socket_.get(), deadline);
  pqxx::nontransaction statements(connection_);
  Session session(statements);
  work(session);
}

void Connection::write(Deadline deadline, const std::function<bool(Session&)>& work) {
  const Watchdog::Watch watch(watchdog_, socket_.get(), deadline);
  pqxx::work transaction(connection_);
  Session session(transaction);
  if (work(session)) transaction.commit();
}

bool Connection::answers(Deadline deadline) {
  try {
    read(deadline, [](Session& session) { session.query("SELECT 1"); });
    return true;
  } catch (const pqxx::failure&) {
    return false;
  }
}

}  // namespace longshore::postgres
