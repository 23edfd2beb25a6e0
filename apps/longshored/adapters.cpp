#include "apps/longshored/adapters.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "apps/longshored/named.h"
#include "base/uuid.h"
#include "decorators/measured_object_store.h"
#include "domain/error.h"
#include "s3/probe.h"

namespace longshore::server {
namespace {

// They wait for disks, not for cores: enough that a few slow syncs do not hold up the rest.
constexpr std::size_t kDiskThreads = 16;

// Random ones so long are never the same.
constexpr std::size_t kDrainerNameBytes = 8;

void make_folder(const std::filesystem::path& folder, const DriveName& drive) {
  std::error_code error;
  if (std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  if (error)
    throw Error(Reason::internal, "drive " + drive.str() + ": its folder cannot be made: " + error.message());
}

/// Where the rights of docs/buckets.md let us look, whatever the keys of uploads are.
ObjectKey readiness_key() { return ObjectKey(std::string(s3::kProbePrefix) + "readiness"); }

/// Awaits a harmless call; what went wrong goes to `missing`.
template <class T>
Task<void> probe(std::string name, Task<T> call, std::vector<std::string>& missing) {
  try {
    co_await std::move(call);
  } catch (const Error& error) {
    missing.push_back(name + ": " + error.message());
  }
}

}  // namespace

Adapters::Adapters(const Config& config, Metrics& metrics, const Log& log)
    : metrics_(metrics),
      log_(log),
      drainer_(random_hex(random_, kDrainerNameBytes)),
      buffers_(config.limits.memory_budget_bytes),
      disk_(kDiskThreads),
      catalog_store_(config, clock_, timers_, random_, log_),
      event_output_(config, disk_, log_),
      catalog_(catalog_store_.catalog(), metrics),
      sessions_(open_sessions(config), metrics) {
  if (event_output_.sink() != nullptr)
    events_ = std::make_unique<MeasuredEventSink>(*event_output_.sink(), metrics);
  for (const DriveConfig& drive : config.drives) {
    if (drive.kind == StoreKind::s3)
      open_bucket(drive, config.aws_environment);
    else
      open_folder(drive);
  }
  metrics.buffer_pool_budget_bytes.set(static_cast<double>(buffers_.budget_bytes()));
  metrics.before_exposition([this](Metrics& gauges) {
    gauges.buffer_pool_in_use_bytes.set(static_cast<double>(buffers_.in_use_bytes()));
  });
}

Adapters::~Adapters() { disk_.join(); }

SessionStore& Adapters::open_sessions(const Config& config) {
  if (config.state == StateKind::redis) {
    redis_ = std::make_unique<RedisState>(config, timers_, random_, log_);
    return redis_->store();
  }
  sqlite_sessions_ = named(config.state_db(), [&] {
    return std::make_unique<sqlite::SqliteSessionStore>(config.state_db().string(), clock_);
  });
  return *sqlite_sessions_;
}

void Adapters::open_folder(const DriveConfig& drive) {
  make_folder(drive.directory, drive.name);
  auto folder = named(drive.directory, [&] {
    return directory::DirectoryStore::open(drive.directory.string(), {disk_, buffers_, random_});
  });
  const directory::OpenReport& found = folder->open_report();
  log_.info("drive opened", {{"drive", drive.name.str()},
                             {"unfinished_uploads", found.unfinished_uploads},
                             {"leftovers_removed", found.leftovers_removed}});
  for (const auto& [staging, why] : found.set_aside) {
    log_.warn("staging folder cannot be read; left as it is",
              {{"drive", drive.name.str()}, {"folder", staging}, {"error", why}});
  }
  stores_.push_back(std::move(folder));
  add_drive(drive, *stores_.back(), drive.name.str());
}

void Adapters::open_bucket(const DriveConfig& drive, const aws::Environment& environment) {
  const S3Tools tools{buffers_, disk_, timers_, clock_, random_, catalog_store_.findings(), metrics_};
  buckets_.push_back(std::make_unique<S3Drive>(drive, environment, tools, log_));
  add_drive(drive, buckets_.back()->store(), drive.s3.place.bucket);
}

void Adapters::add_drive(const DriveConfig& drive, ObjectStore& store, const std::string& label) {
  stores_.push_back(std::make_unique<MeasuredObjectStore>(store, label, metrics_, clock_));
  drives_[drive.name] = Drive{.name = drive.name,
                              .store = stores_.back().get(),
                              .limits = drive.limits,
                              .key_template = drive.key_template};
}

Task<void> Adapters::look_at_buckets() {
  for (const auto& bucket : buckets_) {
    try {
      co_await bucket->store().find_out();
    } catch (const Error& error) {
      log_.warn("a bucket cannot be used at the moment",
                {{"bucket", bucket->store().capabilities().bucket}, {"error", error.message()}});
    }
  }
}

Task<void> Adapters::close() {
  for (const auto& bucket : buckets_) co_await bucket->close();
}

Task<void> Adapters::end_predecessor() {
  co_await catalog_store_.end_predecessor();
  if (sqlite_sessions_) co_await sqlite_sessions_->end_predecessor();
}

Ports Adapters::ports() {
  return {.catalog = catalog_,
          .sessions = sessions_,
          .events = events_.get(),
          .timers = timers_,
          .clock = clock_,
          .random = random_,
          .buffers = buffers_};
}

std::map<DriveName, Drive> Adapters::drives() const { return drives_; }

Task<std::vector<std::string>> Adapters::missing() {
  std::vector<std::string> missing;
  co_await probe("catalog", catalog_.outbox_state(), missing);
  co_await probe("state", sessions_.snapshot(UploadId("readiness")), missing);
  for (const auto& [name, drive] : drives_) {
    co_await probe("drive " + name.str(), drive.store->head(readiness_key()), missing);
  }
  co_return missing;
}

Task<void> Adapters::refresh_gauges() {
  const OutboxState outbox = co_await catalog_.outbox_state();
  const Millis age = outbox.oldest ? outbox.now - *outbox.oldest : Millis{0};
  metrics_.outbox_waiting_rows.set(static_cast<double>(outbox.waiting));
  metrics_.outbox_oldest_age_seconds.set(std::chrono::duration<double>(age).count());
}

Report report_to(Log log) {
  return [log = std::move(log)](std::string_view what, const std::string& detail) {
    log.warn(what, {{"detail", detail}});
  };
}

}  // namespace longshore::server
