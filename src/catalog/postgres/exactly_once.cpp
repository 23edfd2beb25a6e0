// Commits whose answer may be lost: each leaves a mark beside what it changes, and by its mark it is found.

#include <algorithm>

#include "base/uuid.h"
#include "catalog/postgres/postgres_catalog.h"
#include "domain/error.h"

namespace longshore::postgres {
namespace {

constexpr std::size_t kMarkBytes = 16;
// A connection that is lost at each commit is no accident.
constexpr int kTriesMax = 3;

/// Whether the transaction of that mark was committed. If it still is about to be, this waits for it; if it
/// was not, it never will be: its mark is taken.
bool is_done(Session& db, const std::string& mark) {
  db.run("INSERT INTO commits (mark, made_at, done) VALUES ($1, catalog_now(), false) ON CONFLICT DO NOTHING",
         mark);
  return db.query("SELECT done FROM commits WHERE mark = $1", mark).at(0).get<bool>(0);
}

}  // namespace

Task<bool> PostgresCatalog::exactly_once(std::function<bool(Session&)> work) {
  for (int tries = 1;; ++tries) {
    const std::string mark = random_hex(random_, kMarkBytes);
    std::optional<Error> lost;
    try {
      co_return co_await pool_.write_once([&](Session& db) {
        if (!work(db)) return false;
        db.run("INSERT INTO commits (mark, made_at, done) VALUES ($1, catalog_now(), true)", mark);
        return true;
      });
    } catch (const Error& error) {
      if (error.outcome() != Outcome::unknown) throw;
      lost = error;
    }
    bool done = false;
    try {
      done = co_await pool_.autocommit([&](Session& db) { return is_done(db, mark); });
    } catch (const Error&) {
      throw *lost;
    }
    if (done) co_return true;
    if (tries == kTriesMax) throw unavailable(Reason::catalog_unavailable, lost->message(), Outcome::retry);
  }
}

}  // namespace longshore::postgres
