#pragma once

#include <memory>

#include "apps/longshored/config.h"
#include "aws/refreshing_provider.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/blocking_pool.h"
#include "net/buffer_pool.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "s3/s3_store.h"

namespace longshore::server {

/// What buckets share; all of it outlives them.
struct S3Tools {
  BufferPool& buffers;
  BlockingPool& files;  // for the files that credentials lie in
  Timers& timers;
  const Clock& clock;
  Random& random;
  StoreFindings& findings;
  Metrics& metrics;
};

/// A drive in a bucket, with its connections and its credentials.
class S3Drive {
 public:
  /// Throws Error if credentials are not configured, or the file of authorities cannot be read. Sends
  /// nothing.
  S3Drive(const DriveConfig& config, const aws::Environment& environment, S3Tools tools, const Log& log);

  [[nodiscard]] s3::S3Store& store() { return store_; }
  /// Ends idle connections and what fetches credentials; before the loops end.
  Task<void> close();

 private:
  HttpClient endpoints_;  // of credentials
  HttpClient http_;
  aws::RefreshingProvider credentials_;
  s3::S3Store store_;
};

}  // namespace longshore::server
