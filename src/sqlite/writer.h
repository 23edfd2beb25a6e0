#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/waiter.h"
#include "ports/body_source.h"
#include "sqlite/database.h"

namespace longshore::sqlite {

/// The one thread that changes a database, with group commit: it takes all changes that wait, makes each
/// under a savepoint of its own, commits them together and then answers every caller; so a flush of the disk
/// is shared by whoever waits for one. A change that throws undoes itself alone. If the commit fails, all
/// changes of that transaction fail with its error.
///
/// run() may be called from any executor and thread. The writer outlives its callers; the executors of
/// callers that wait outlive the writer.
class Writer {
 public:
  /// A caller that finds so many changes waiting is sent away (retry): at some thousand commits a second this
  /// is a second's work.
  static constexpr std::size_t kWaitingMax = 4096;
  /// Changes a transaction: bounds how long the first one of them waits for the last one.
  static constexpr std::size_t kBatchMax = 256;

  explicit Writer(std::unique_ptr<Database> database);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // makes what waits, then joins the thread

  /// Runs `work(Database&)` on the writer's thread inside a transaction; resumes the caller on its own
  /// executor once that is committed, with the result, or with what `work` or the commit threw. Not cancelled
  /// by a cancellation: once it waits, it is made, and what `work` refers to must live until the caller
  /// resumes (its own frame does).
  template <class F>
  Task<std::invoke_result_t<F&, Database&>> run(F work);

  /// No more changes are accepted, what waits is made; returns when the thread has ended. Idempotent.
  void stop();

 private:
  class Job {
   public:
    Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;
    virtual void run(Database& database) = 0;
    std::exception_ptr failure;  // set before the caller resumes, if it failed
  };
  template <class F>
  class JobOf;
  struct Waiting {
    Job* job;  // in the caller's frame, which the waiter keeps alive
    Waiter<Nothing> caller;
  };

  Task<void> submit(Job& job);
  void enqueue(Job& job, Waiter<Nothing> caller);
  void work_off();
  std::vector<Waiting> take_batch();
  void make(std::vector<Waiting>& batch);
  void make_one(Job& job);

  std::unique_ptr<Database> database_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

template <class F>
class Writer::JobOf final : public Job {
 public:
  using Result = std::invoke_result_t<F&, Database&>;

  explicit JobOf(F work) : work_(std::move(work)) {}
  void run(Database& database) override {
    if constexpr (std::is_void_v<Result>) {
      work_(database);
    } else {
      result_.emplace(work_(database));
    }
  }
  Result take() {
    if constexpr (!std::is_void_v<Result>) return std::move(*result_);
  }

 private:
  F work_;
  std::optional<std::conditional_t<std::is_void_v<Result>, Nothing, Result>> result_;
};

template <class F>
Task<std::invoke_result_t<F&, Database&>> Writer::run(F work) {
  JobOf<F> job(std::move(work));
  co_await submit(job);
  co_return job.take();
}

}  // namespace longshore::sqlite
