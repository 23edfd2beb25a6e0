#include "sqlite/database.h"

#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <sqlite3.h>

#include "sqlite/failure.h"

namespace longshore::sqlite {
namespace {

/// Its owner alone reads the file, whoever may read the folder. What SQLite makes beside it gets the same
/// mode; what is there already is closed too. (Never opens a file that is there: closing it would drop the
/// locks of the process's other connections.)
void close_to_others(const std::string& path) {
  constexpr ::mode_t kOwnerOnly = 0600;
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (made >= 0) ::close(made);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    // Where this fails, opening the file tells why, or there is no such file.
    [[maybe_unused]] const int ignored = ::chmod((path + suffix).c_str(), kOwnerOnly);
  }
}

}  // namespace

/// One kept statement. `in_use`: a Statement of it is alive.
struct Database::Prepared {
  sqlite3_stmt* statement = nullptr;
  bool in_use = false;

  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { sqlite3_finalize(statement); }
};

Database::Database(const DatabaseOptions& options) : reason_(options.reason) {
  try {
    open(options);
  } catch (...) {
    statements_.clear();
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(handle_);
}

void Database::open(const DatabaseOptions& options) {
  // The thread that uses it is the only one: SQLite's own mutexes are not needed.
  if (!options.read_only) close_to_others(options.path);
  const int access = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  check(sqlite3_open_v2(options.path.c_str(), &handle_, flags, nullptr));
  check(sqlite3_busy_timeout(handle_, static_cast<int>(options.busy_timeout.count())));
  // A damaged or foreign file must not be able to call functions from its schema.
  check(sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr));
  check(sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr));
  execute("PRAGMA foreign_keys = ON");
  execute("PRAGMA recursive_triggers = ON");
  if (options.read_only) return;
  execute("PRAGMA journal_mode = WAL");
  execute(options.durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
  // The pages as they were before a savepoint: else SQLite writes them to a file in /var/tmp, twice as many
  // as to the log.
  execute("PRAGMA temp_store = MEMORY");
  // The log is cut back to this after it has grown, say while a backup held an old snapshot.
  execute("PRAGMA journal_size_limit = 67108864");
}

void Database::check(int code) const {
  if (code == SQLITE_OK) return;
  if (handle_ == nullptr) throw failure(reason_, code, sqlite3_errstr(code), Step::before_commit);
  throw failure(reason_, code, sqlite3_errmsg(handle_), Step::before_commit);
}

Statement Database::prepare(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    auto prepared = std::make_unique<Prepared>();
    check(sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &prepared->statement, nullptr));
    found = statements_.emplace(std::string(sql), std::move(prepared)).first;
  }
  Prepared& prepared = *found->second;
  if (prepared.in_use)
    throw std::logic_error("an SQL statement is used again before its end: " + std::string(sql));
  return Statement(prepared.statement, prepared.in_use, reason_);
}

std::int64_t Database::run(Statement& statement) {
  const std::int64_t before = sqlite3_total_changes64(handle_);
  while (statement.step()) {
  }
  // changes64 keeps the number of an earlier statement if this one was no change at all.
  return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

void Database::execute(const std::string& sql) {
  check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

void Database::begin() { run("BEGIN IMMEDIATE"); }

void Database::commit() {
  const int code = sqlite3_exec(handle_, "COMMIT", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return;
  const std::string message = sqlite3_errmsg(handle_);
  if (in_transaction()) rollback();  // a lock in the way leaves it open
  throw failure(reason_, code, message, Step::commit);
}

void Database::rollback() noexcept { sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Database::last_insert_row() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace longshore::sqlite
