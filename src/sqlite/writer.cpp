#include "sqlite/writer.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore::sqlite {

Writer::Writer(std::unique_ptr<Database> database)
    : database_(std::move(database)), thread_([this] { work_off(); }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Task<void> Writer::submit(Job& job) {
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                       void(boost::system::error_code, Nothing)>(
      [this, &job](auto handler) { enqueue(job, Waiter<Nothing>(std::move(handler))); },
      boost::asio::use_awaitable);
  if (job.failure) std::rethrow_exception(job.failure);
}

void Writer::enqueue(Job& job, Waiter<Nothing> caller) {
  const char* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = "the database is being closed";
    } else if (waiting_.size() >= kWaitingMax) {
      refusal = "too many changes wait for the database; try again";
    } else {
      waiting_.push_back({&job, std::move(caller)});
    }
  }
  if (refusal == nullptr) {
    wake_.notify_one();
    return;
  }
  job.failure = std::make_exception_ptr(unavailable(database_->reason(), refusal, Outcome::retry));
  std::move(caller).wake({}, Nothing{});
}

void Writer::work_off() {
  for (;;) {
    std::vector<Waiting> batch = take_batch();
    if (batch.empty()) return;
    make(batch);
    for (Waiting& waiting : batch) std::move(waiting.caller).wake({}, Nothing{});
  }
}

/// The next changes; none: stopped.
std::vector<Writer::Waiting> Writer::take_batch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  std::vector<Waiting> batch;
  for (; !waiting_.empty() && batch.size() < kBatchMax; waiting_.pop_front()) {
    batch.push_back(std::move(waiting_.front()));
  }
  return batch;
}

void Writer::make(std::vector<Waiting>& batch) {
  try {
    database_->begin();
    for (Waiting& waiting : batch) make_one(*waiting.job);
    database_->commit();
  } catch (...) {
    // Also who was refused is told so: the reason for the refusal may have been another change of this
    // transaction.
    for (Waiting& waiting : batch) waiting.job->failure = std::current_exception();
    if (database_->in_transaction()) database_->rollback();
  }
}

void Writer::make_one(Job& job) {
  database_->run("SAVEPOINT change");
  try {
    job.run(*database_);
  } catch (...) {
    if (!database_->in_transaction()) throw;  // SQLite has undone all of it: the disk is full, or fails
    job.failure = std::current_exception();
    database_->run("ROLLBACK TO change");
  }
  database_->run("RELEASE change");
}

}  // namespace longshore::sqlite
