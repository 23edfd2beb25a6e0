#include "sqlite/failure.h"

#include <string_view>

#include <sqlite3.h>

namespace longshore::sqlite {
namespace {

constexpr int primary(int extended_code) { return extended_code & 0xff; }

std::string_view advice(int code) {
  switch (primary(code)) {
    case SQLITE_FULL:
      return "the disk is full; make room";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "the database is locked by another program; end it";
    case SQLITE_CORRUPT:
      return "the database is damaged; restore it from a backup";
    case SQLITE_NOTADB:
      return "the file is no database; restore it from a backup";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "the database cannot be opened for writing; check owner and rights of the data folder";
    case SQLITE_IOERR:
      return "reading or writing the database failed; check the disk";
    default:
      return "the database failed";
  }
}

Outcome outcome_of(int code, Step step) {
  switch (primary(code)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return step == Step::commit ? Outcome::unknown : Outcome::refused;
    case SQLITE_IOERR:
      return step == Step::commit ? Outcome::unknown : Outcome::retry;
    default:
      return Outcome::retry;
  }
}

}  // namespace

Error failure(Reason reason, int code, const std::string& message, Step step) {
  return unavailable(reason, std::string(advice(code)) + " (" + message + ")", outcome_of(code, step));
}

}  // namespace longshore::sqlite
