#include "tests/services/postgres_process.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>

#include <boost/json/value_to.hpp>
#include <pqxx/connection>
#include <pqxx/nontransaction>

namespace longshore::services {
namespace {

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

PostgresProcess::PostgresProcess()
    : script_("tests/services/postgres", ""),
      url(script_.text("url")),
      socket(script_.text("socket")),
      password(script_.text("password")),
      ca_file(script_.text("ca_file")),
      log(script_.text("log")),
      pid_file(script_.text("pid_file")),
      port(boost::json::value_to<int>(script_.said().at("port"))) {}

postgres::Options PostgresProcess::options(const std::string& schema) const {
  postgres::Options options;
  options.url = url;
  options.password = Secret(password);
  options.schema = schema;
  return options;
}

std::string PostgresProcess::tell(const std::string& sql) const {
  pqxx::connection as_operator("host=" + socket + " port=" + std::to_string(port) +
                               " user=postgres dbname=uploads");
  pqxx::nontransaction statements(as_operator);
  const pqxx::result answer = statements.exec(sql);
  return answer.empty() || answer[0][0].is_null() ? "" : answer[0][0].as<std::string>();
}

std::string PostgresProcess::logged() const { return content(log); }

void PostgresProcess::kill() const {
  pid_t process = 0;
  std::istringstream(content(pid_file)) >> process;
  if (process <= 0) throw std::runtime_error("the PostgreSQL server has no process");
  ::kill(process, SIGKILL);
}

void PostgresProcess::wait_until_it_serves() const {
  using std::chrono::steady_clock;
  for (const auto end = steady_clock::now() + std::chrono::seconds{60};;) {
    try {
      tell("SELECT 1");
      return;
    } catch (const pqxx::broken_connection&) {
      if (steady_clock::now() > end) throw;
      constexpr int kPauseMs = 20;
      ::poll(nullptr, 0, kPauseMs);
    }
  }
}

PostgresProcess& the_postgres() {
  static PostgresProcess one;
  return one;
}

std::string OwnSchema::next_name() {
  static std::atomic<int> number = 0;
  return "test_" + std::to_string(++number);
}

std::string OwnSchema::tell(const std::string& sql) const {
  return the_postgres().tell("SET search_path = " + schema + ";" + sql);
}

}  // namespace longshore::services
