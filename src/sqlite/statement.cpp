#include "sqlite/statement.h"

#include <utility>

#include <sqlite3.h>

#include "sqlite/failure.h"

namespace longshore::sqlite {

Statement::Statement(sqlite3_stmt* statement, bool& in_use, Reason reason)
    : statement_(statement), in_use_(&in_use), reason_(reason) {
  *in_use_ = true;
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), in_use_(other.in_use_), reason_(other.reason_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // its result repeats an error that step() has thrown already
  sqlite3_clear_bindings(statement_);
  *in_use_ = false;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  check(code);
  return false;
}

void Statement::bind(int index, std::nullptr_t) { check(sqlite3_bind_null(statement_, index)); }
void Statement::bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_, index, value)); }
void Statement::bind(int index, std::string_view value) {
  // An empty view may have no data, which SQLite would take for NULL.
  check(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
}

bool Statement::is_null(int index) const { return sqlite3_column_type(statement_, index) == SQLITE_NULL; }
std::int64_t Statement::integer(int index) const { return sqlite3_column_int64(statement_, index); }
std::string Statement::text(int index) const {
  const unsigned char* data = sqlite3_column_text(statement_, index);
  const int size = sqlite3_column_bytes(statement_, index);
  return data == nullptr ? std::string()
                         : std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

void Statement::check(int code) const {
  if (code == SQLITE_OK) return;
  sqlite3* database = sqlite3_db_handle(statement_);
  throw failure(reason_, sqlite3_extended_errcode(database), sqlite3_errmsg(database), Step::before_commit);
}

}  // namespace longshore::sqlite
