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
/// connections on threads of their own, with others for long reads, so that a list never holds up a change,
/// nor the look at a row. A read sees all that was committed before it began, so also the caller's own
/// changes. May be used from any executor and thread; outlives its callers.
class Store {
 public:
  /// Single rows take microseconds: two threads serve thousands of callers.
  static constexpr std::size_t kReaders = 2;
  /// Lists take milliseconds, and wait for one another.
  static constexpr std::size_t kLongReaders = 1;
  /// A caller that finds so many reads of its kind waiting is sent away (retry).
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
  Task<std::invoke_result_t<F&, Database&>> read(F work) {
    return readers_.run(std::move(work));
  }
  /// The same for what looks at many rows: it waits only for others of its kind, and only they for it.
  template <class F>
  Task<std::invoke_result_t<F&, Database&>> read_long(F work) {
    return long_readers_.run(std::move(work));
  }

 private:
  /// Read connections, each with a thread.
  class Readers {
   public:
    Readers(const DatabaseOptions& options, std::size_t count);
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;
    ~Readers() { pool_.join(); }

    template <class F>
    Task<std::invoke_result_t<F&, Database&>> run(F work);

   private:
    /// One connection on loan, in a read transaction.
    class Reading {
     public:
      explicit Reading(Readers& readers);
      Reading(const Reading&) = delete;
      Reading& operator=(const Reading&) = delete;
      ~Reading();
      Database& database() { return *database_; }

     private:
      Readers& readers_;
      std::unique_ptr<Database> database_;
    };
    /// A place among the reads that wait or run.
    class Place {
     public:
      explicit Place(Readers& readers);
      Place(const Place&) = delete;
      Place& operator=(const Place&) = delete;
      ~Place() { --readers_.reads_; }

     private:
      Readers& readers_;
    };

    Reason reason_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Database>> idle_;  // as many as `pool_` has threads, so one is always there
    std::atomic<int> reads_ = 0;
    BlockingPool pool_;
  };

  Writer writer_;
  Readers readers_;
  Readers long_readers_;
};

template <class F>
Task<std::invoke_result_t<F&, Database&>> Store::Readers::run(F work) {
  const Place place(*this);
  auto on_a_connection = [this, &work] {
    Reading reading(*this);
    return work(reading.database());
  };
  co_return co_await pool_.run(std::move(on_a_connection));
}

}  // namespace longshore::sqlite
