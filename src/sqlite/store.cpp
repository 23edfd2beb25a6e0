#include "sqlite/store.h"

namespace longshore::sqlite {
namespace {

std::unique_ptr<Database> open_migrated(const DatabaseOptions& options, const Schema& schema) {
  auto database = std::make_unique<Database>(options);
  migrate(*database, schema);
  return database;
}

}  // namespace

Store::Store(const DatabaseOptions& options, const Schema& schema)
    : reason_(options.reason), writer_(open_migrated(options, schema)) {
  DatabaseOptions for_reading = options;
  for_reading.read_only = true;
  for (std::size_t i = 0; i < kReaders; ++i) idle_.push_back(std::make_unique<Database>(for_reading));
}

Store::~Store() {
  pool_.join();
  writer_.stop();
}

Store::Place::Place(Store& store) : store_(store) {
  if (++store_.reads_ <= kReadsWaitingMax) return;
  --store_.reads_;
  throw unavailable(store_.reason_, "too many reads wait for the database; try again", Outcome::retry);
}

Store::Reading::Reading(Store& store) : store_(store) {
  {
    const std::lock_guard lock(store_.mutex_);
    database_ = std::move(store_.idle_.back());
    store_.idle_.pop_back();
  }
  try {
    database_->run("BEGIN");
  } catch (...) {
    const std::lock_guard lock(store_.mutex_);
    store_.idle_.push_back(std::move(database_));
    throw;
  }
}

Store::Reading::~Reading() {
  database_->rollback();  // it has read only
  const std::lock_guard lock(store_.mutex_);
  store_.idle_.push_back(std::move(database_));
}

}  // namespace longshore::sqlite
