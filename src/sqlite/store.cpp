#include "sqlite/store.h"

namespace longshore::sqlite {
namespace {

std::unique_ptr<Database> open_migrated(const DatabaseOptions& options, const Schema& schema) {
  auto database = std::make_unique<Database>(options);
  migrate(*database, schema);
  return database;
}

DatabaseOptions for_reading(DatabaseOptions options) {
  options.read_only = true;
  return options;
}

}  // namespace

Store::Store(const DatabaseOptions& options, const Schema& schema)
    : writer_(open_migrated(options, schema)),
      readers_(for_reading(options), kReaders),
      long_readers_(for_reading(options), kLongReaders) {}

Store::~Store() { writer_.stop(); }

Store::Readers::Readers(const DatabaseOptions& options, std::size_t count)
    : reason_(options.reason), pool_(count) {
  for (std::size_t i = 0; i < count; ++i) idle_.push_back(std::make_unique<Database>(options));
}

Store::Readers::Place::Place(Readers& readers) : readers_(readers) {
  if (++readers_.reads_ <= kReadsWaitingMax) return;
  --readers_.reads_;
  throw unavailable(readers_.reason_, "too many reads wait for the database; try again", Outcome::retry);
}

Store::Readers::Reading::Reading(Readers& readers) : readers_(readers) {
  {
    const std::lock_guard lock(readers_.mutex_);
    database_ = std::move(readers_.idle_.back());
    readers_.idle_.pop_back();
  }
  try {
    database_->run("BEGIN");
  } catch (...) {
    const std::lock_guard lock(readers_.mutex_);
    readers_.idle_.push_back(std::move(database_));
    throw;
  }
}

Store::Readers::Reading::~Reading() {
  database_->rollback();  // it has read only
  const std::lock_guard lock(readers_.mutex_);
  readers_.idle_.push_back(std::move(database_));
}

}  // namespace longshore::sqlite
