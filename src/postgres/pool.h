#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/random.h"
#include "net/blocking_pool.h"
#include "net/timers.h"
#include "ports/body_source.h"
#include "postgres/connection.h"
#include "postgres/failure.h"
#include "postgres/schema.h"

namespace longshore::postgres {

/// A database as coroutines use it: a few connections, each with a thread. What was not done is tried again,
/// with jitter, until Options::timeout is over: after a deadlock or a serialization failure, on another
/// connection after a lost one or a server that takes no writes. The first connection migrates the schema.
/// May be used from any executor and thread; outlives its callers.
///
/// All throw Error(catalog_unavailable): retry if nothing was done, refused if that will not change. What
/// `work` throws itself undoes the transaction and is passed on; `work` may run several times.
class Pool {
 public:
  /// A caller that finds so many waiting is sent away (retry).
  static constexpr int kWaitingMax = 4096;

  /// Connects to nothing yet. All of it outlives the pool. Throws Error(invalid_request): check_url.
  Pool(Options options, const Schema& schema, Watchdog& watchdog, Timers& timers, Random& random);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();  // all work is done before

  /// Connects, and migrates if need be. Blocks. Throws Error.
  void open();

  /// `work(Session&)`, each of whose statements is a transaction of its own, and may be made twice.
  template <class F>
  Task<std::invoke_result_t<F&, Session&>> autocommit(F work) {
    co_return co_await run(Way::statements, std::move(work));
  }
  /// In a transaction that may be made twice: an unknown outcome is one more reason to try again.
  template <class F>
  Task<std::invoke_result_t<F&, Session&>> write(F work) {
    co_return co_await run(Way::repeatable, std::move(work));
  }
  /// In a transaction that is committed if `work` returns true, else undone; the answer is what it returned.
  /// Error(catalog_unavailable, unknown): the connection was lost at the commit.
  Task<bool> write_once(std::function<bool(Session&)> work);

 private:
  enum class Way { statements, repeatable, once };
  class Loan;
  struct Idle {
    std::unique_ptr<Connection> connection;
    Deadline opened_at;
    Deadline used_at;
  };

  template <class F>
  Task<std::invoke_result_t<F&, Session&>> run(Way way, F work) {
    std::optional<std::invoke_result_t<F&, Session&>> result;
    std::function<bool(Session&)> kept = [&](Session& session) {
      result.emplace(work(session));
      return true;
    };
    co_await perform(way, std::move(kept));
    co_return std::move(*result);
  }
  Task<void> perform(Way way, std::function<bool(Session&)> work);
  std::optional<Failure> attempt(Way way, Deadline deadline, const std::function<bool(Session&)>& work);
  std::unique_ptr<Connection> connect(Deadline deadline);
  Idle take(Deadline deadline);
  void give_back(Idle idle);
  void drop_idle();
  Millis pause_after(int tries);

  const Options options_;
  const Schema& schema_;
  Watchdog& watchdog_;
  Timers& timers_;
  Random& random_;
  std::atomic<int> waiting_ = 0;
  std::mutex mutex_;        // of the two below
  std::vector<Idle> idle_;  // the last one used last
  bool migrated_ = false;
  BlockingPool threads_;
};

}  // namespace longshore::postgres
