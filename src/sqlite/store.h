#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/blocking_pool.h"
#include "ports/body_source.h"
#include "sqlite/database.h"
#include "sqlite/schema.h"
#include "sqlite/writer.h"

namespace longshore::sqlite {

/// A database file as coroutines use it: changes go to its one writer (group commit), reads to a few read
/// connections on threads of their own, so that a long list never holds up a change. A read sees all that was
/// committed before it began, so also the caller's own changes. May be used from any executor and thread;
/// outlives its callers.
class Store {
 public:
  /// Two lists at once; a third one waits. Single rows take microseconds.
  static constexpr std::size_t kReaders = 2;
  /// A caller that finds so many reads waiting is sent away (retry).
  static constexpr int kReadsWaitingMax = 4096;

  /// Opens the file, or makes it, and migrates it. Throws Error.
  Store(const DatabaseOptions& options, const Schema& schema);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();  // all work is done before

  /// Writer::run: `work(Database&)` in a transaction.
  template <class F>
  auto write(F work) {
    return writer_.run(std::move(work));
  }

  /// Runs `work(Database&)` on a read connection, seeing one moment of the database throughout, and resumes
  /// the caller on its own executor with the result, or with what it threw. What `work` refers to must live
  /// until then (the caller's frame does).
  template <class F>
  Task<std::invoke_result_t<F&, Database&>> read(F work);

 private:
  /// One read connection on loan, in a read transaction.
  class Reading {
   public:
    explicit Reading(Store& store);
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading();
    Database& database() { return *database_; }

   private:
    Store& store_;
    std::unique_ptr<Database> database_;
  };
  /// A place among the reads that wait or run.
  class Place {
   public:
    explicit Place(Store& store);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --store_.reads_; }

   private:
    Store& store_;
  };

  Reason reason_;
  Writer writer_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Database>> idle_;  // as many as `pool_` has threads, so one is always there
  std::atomic<int> reads_ = 0;
  BlockingPool pool_{kReaders};
};

template <class F>
Task<std::invoke_result_t<F&, Database&>> Store::read(F work) {
  const Place place(*this);
  auto on_a_connection = [this, &work] {
    Reading reading(*this);
    return work(reading.database());
  };
  co_return co_await pool_.run(std::move(on_a_connection));
}

}  // namespace longshore::sqlite
