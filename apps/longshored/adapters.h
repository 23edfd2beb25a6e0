#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/longshored/catalog_store.h"
#include "apps/longshored/config.h"
#include "apps/longshored/event_output.h"
#include "apps/longshored/redis_state.h"
#include "apps/longshored/s3_drive.h"
#include "base/clock.h"
#include "base/random.h"
#include "coordinator/coordinator.h"
#include "decorators/measured_catalog.h"
#include "decorators/measured_event_sink.h"
#include "decorators/measured_session_store.h"
#include "directory/directory_store.h"
#include "net/blocking_pool.h"
#include "net/buffer_pool.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "state/sqlite/sqlite_session_store.h"

namespace longshore::server {

/// Everything behind the ports, made as the configuration says, each port measured. The caller holds the data
/// folder. Outlives all coroutines that use it.
class Adapters {
 public:
  /// Opens files and migrates databases. Throws Error, saying what cannot be opened. Blocks.
  Adapters(const Config& config, Metrics& metrics, const Log& log);
  Adapters(const Adapters&) = delete;
  Adapters& operator=(const Adapters&) = delete;
  ~Adapters();

  /// Ends what the last process on this folder still held: its leases, its attempts. Once, before anything is
  /// served.
  Task<void> end_predecessor();

  [[nodiscard]] Ports ports();
  [[nodiscard]] std::map<DriveName, Drive> drives() const;
  [[nodiscard]] Catalog& catalog() { return catalog_; }
  [[nodiscard]] CatalogStore& catalog_store() { return catalog_store_; }
  [[nodiscard]] BufferPool& buffers() { return buffers_; }
  [[nodiscard]] Timers& timers() { return timers_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] Random& random() { return random_; }
  /// This process's name in the outbox, where claims are kept by name: processes that share a catalog never
  /// share one.
  [[nodiscard]] const std::string& drainer() const { return drainer_; }

  /// Finds out what the buckets' stores can do; what cannot be asked now is asked by the first request.
  Task<void> look_at_buckets();
  /// Ends connections to other servers; before the loops end.
  Task<void> close();

  /// What cannot be used at the moment, for /readyz: "catalog: ...".
  Task<std::vector<std::string>> missing();
  /// Sets the gauges of the outbox.
  Task<void> refresh_gauges();

 private:
  SessionStore& open_sessions(const Config& config);
  void open_folder(const DriveConfig& drive);
  void open_bucket(const DriveConfig& drive, const aws::Environment& environment);
  void add_drive(const DriveConfig& drive, ObjectStore& store, const std::string& label);

  Metrics& metrics_;
  const Log log_;
  SystemClock clock_;
  SystemRandom random_;
  const std::string drainer_;
  AsioTimers timers_;
  BufferPool buffers_;
  BlockingPool disk_;

  CatalogStore catalog_store_;
  EventOutput event_output_;
  std::unique_ptr<sqlite::SqliteSessionStore> sqlite_sessions_;  // this one or the other
  std::unique_ptr<RedisState> redis_;
  std::vector<std::unique_ptr<S3Drive>> buckets_;
  std::vector<std::unique_ptr<ObjectStore>> stores_;  // folders, and the measured ones around all

  MeasuredCatalog catalog_;
  MeasuredSessionStore sessions_;
  std::unique_ptr<MeasuredEventSink> events_;  // null: events are dropped
  std::map<DriveName, Drive> drives_;
};

/// What goes wrong in the coordinator's background becomes a warning.
Report report_to(Log log);

}  // namespace longshore::server
