#include "postgres/failure.h"

#include <string_view>
#include <typeinfo>

#include <pqxx/except>

namespace longshore::postgres {
namespace {

std::string first_line(std::string_view text) {
  constexpr std::string_view kError = "ERROR:  ";
  if (text.starts_with(kError)) text.remove_prefix(kError.size());
  return std::string(text.substr(0, text.find('\n')));
}

Failure::Kind kind_of(std::string_view sqlstate) {
  using enum Failure::Kind;
  const std::string_view group = sqlstate.substr(0, 2);
  // serialization failure, deadlock, lock not available, cancelled by a time limit
  if (group == "40" || sqlstate == "55P03" || sqlstate == "57014") return conflict;
  // read-only; what a server says that goes down, comes up or gives up on us
  if (sqlstate == "25006" || group == "57" || group == "08" || sqlstate == "25P03") return lost;
  if (group == "53") return busy;
  return refused;
}

}  // namespace

Failure judge(const std::exception& error) {
  using enum Failure::Kind;
  const std::string message = first_line(error.what());
  if (dynamic_cast<const pqxx::in_doubt_error*>(&error) != nullptr) return {unknown, message};
  if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) return {busy, message};
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) return {conflict, message};
  if (dynamic_cast<const pqxx::insufficient_resources*>(&error) != nullptr) return {busy, message};
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  if (sql == nullptr) return {lost, message};
  if (!sql->sqlstate().empty()) return {kind_of(sql->sqlstate()), message};
  // Where libpqxx has a class for a state, it drops the state; where there is neither, they are libpq's own
  // words.
  return {typeid(*sql) == typeid(pqxx::sql_error) ? lost : refused, message};
}

}  // namespace longshore::postgres
