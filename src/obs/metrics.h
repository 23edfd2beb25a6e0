#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "obs/metric_families.h"

namespace longshore {

// Labels. Their values come from short lists: configured buckets, our error codes, states, methods and
// routes. Never an id, a name or an address.

struct ByBucket {
  std::string_view bucket;  // of the drive's store; a folder store's drive name

  static LabelNames names() { return {"bucket"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(bucket)}; }
};

struct ByBucketAndError {
  std::string_view bucket;
  std::string_view error_code;

  static LabelNames names() { return {"bucket", "error_code"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(bucket), std::string(error_code)}; }
};

struct ByError {
  std::string_view error_code;

  static LabelNames names() { return {"error_code"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(error_code)}; }
};

struct ByState {
  std::string_view state;

  static LabelNames names() { return {"state"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(state)}; }
};

struct ByOutcome {
  bool ok = false;

  static LabelNames names() { return {"outcome"}; }
  [[nodiscard]] LabelValues values() const { return {ok ? "ok" : "error"}; }
};

struct ByRoute {
  std::string_view route;   // the pattern, "/v1/uploads/{id}", or "unknown"
  std::string_view method;  // of a known route, else "other"

  static LabelNames names() { return {"route", "method"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(route), std::string(method)}; }
};

struct ByRouteAndStatus {
  std::string_view route;
  std::string_view method;
  unsigned status = 0;

  static LabelNames names() { return {"route", "method", "status"}; }
  [[nodiscard]] LabelValues values() const {
    return {std::string(route), std::string(method), std::to_string(status)};
  }
};

struct ByMethod {
  std::string_view method;  // "/longshore.v1.UploadService/UploadChunk", or "unknown"

  static LabelNames names() { return {"method"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(method)}; }
};

struct ByMethodAndCode {
  std::string_view method;
  std::string_view code;  // "OK", "NOT_FOUND" and so on

  static LabelNames names() { return {"method", "code"}; }
  [[nodiscard]] LabelValues values() const { return {std::string(method), std::string(code)}; }
};

/// Everything that is measured, declared here and nowhere else; tests/golden/metrics.txt is what operators
/// rely on. One object a process, handed to those who measure. Thread-safe, but for before_exposition().
class Metrics {
  prometheus::Registry registry_;

 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Has gauges refreshed whenever they are read, where measuring is cheaper than counting along. Before
  /// exposition() may be called; what `refresh` refers to must outlive this object's use.
  void before_exposition(std::function<void(Metrics&)> refresh) { refreshes_.push_back(std::move(refresh)); }

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
  /// In the text format of Prometheus.
  std::string exposition();

  // Parts sent to the store.
  Histograms<ByBucket> part_upload_duration_seconds;
  Histograms<ByBucket> part_upload_size_bytes;
  Counters<ByBucket> part_upload_success_total;
  Counters<ByBucketAndError> part_upload_errors_total;

  // Buckets.
  Counters<ByBucket> store_trial_errors_total;
  Counters<ByBucket> credentials_errors_total;

  // Uploads.
  Counter uploads_initiated_total;
  Counters<ByState> uploads_ended_total;

  // HTTP.
  Counters<ByRouteAndStatus> http_requests_total;
  Histograms<ByRoute> http_request_duration_seconds;

  // gRPC.
  Counters<ByMethodAndCode> grpc_calls_total;
  Histograms<ByMethod> grpc_call_duration_seconds;

  // Both.
  Gauge connections_open;
  Counter connections_refused_total;
  Counter accept_errors_total;

  // Memory for bodies.
  Gauge buffer_pool_in_use_bytes;
  Gauge buffer_pool_budget_bytes;

  // Events on their way.
  Gauge outbox_waiting_rows;
  Gauge outbox_oldest_age_seconds;
  Counter outbox_published_total;
  Counter outbox_refused_total;

  // Background work.
  Counters<ByOutcome> sweep_runs_total;

  // The stores of state.
  Counters<ByError> catalog_errors_total;
  Counters<ByError> session_store_errors_total;

 private:
  std::vector<std::function<void(Metrics&)>> refreshes_;
};

}  // namespace longshore
