#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/error.h"
#include "sqlite/statement.h"

struct sqlite3;

namespace longshore::sqlite {

/// How much a committed transaction survives. Both survive the death of the process.
enum class Durability {
  power_loss,  // synchronous=FULL: the log is on the disk before commit returns
  process,     // synchronous=NORMAL: a power cut may take the last commits, but never tears the database
};

struct DatabaseOptions {
  std::string path;
  Reason reason = Reason::internal;  // of every Error it throws: catalog_unavailable, state_unavailable
  Durability durability = Durability::power_loss;
  bool read_only = false;  // refuses every change; the file must be there (else it is made, mode 0600)
  /// How long a call waits for a lock. Our processes exclude each other by the data folder's lock, so only a
  /// person's tool or a backup can hold one, and only for moments.
  Millis busy_timeout{2000};
};

/// One connection to one database file, in WAL mode, with foreign keys on, and with recursive triggers, so
/// that a row that REPLACE deletes fires them too. Not thread-safe: one thread at a time. Throws Error
/// (sqlite/failure.h). SQL texts are literals: each is prepared once and kept, so data never goes into them
/// but by binding.
class Database {
 public:
  explicit Database(const DatabaseOptions& options);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A statement with its parameters bound, in the order of the text, to be stepped. One of the same text
  /// must not be in use.
  template <class... Values>
  [[nodiscard]] Statement query(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    int index = 0;
    (statement.bind(++index, values), ...);
    return statement;
  }

  /// Runs it to its end; how many rows it inserted, updated or deleted (0 for other statements than these).
  template <class... Values>
  std::int64_t run(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    return run(statement);
  }

  /// Several statements without parameters, not kept: schemas and pragmas.
  void execute(const std::string& sql);

  void begin();   // takes the write lock at once
  void commit();  // throws with the outcome of a commit; the transaction is over either way
  void rollback() noexcept;
  /// False also after SQLite has rolled a transaction back by itself (disk full, I/O error).
  [[nodiscard]] bool in_transaction() const;

  [[nodiscard]] std::int64_t last_insert_row() const;
  [[nodiscard]] Reason reason() const { return reason_; }

 private:
  struct Prepared;

  Statement prepare(std::string_view sql);
  std::int64_t run(Statement& statement);
  void open(const DatabaseOptions& options);
  void check(int code) const;

  Reason reason_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, std::unique_ptr<Prepared>, std::less<>> statements_;
};

/// A transaction of its own for a block: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.begin(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (database_.in_transaction()) database_.rollback();
  }
  void commit() { database_.commit(); }

 private:
  Database& database_;
};

}  // namespace longshore::sqlite
