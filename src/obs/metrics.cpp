#include "obs/metrics.h"

#include <prometheus/text_serializer.h>

namespace longshore {

namespace {

const Histograms<ByBucket>::Bounds kPartSeconds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,  2.5,
                                                5,    10,    30,   60,  120,  300, 900};
/// The powers of two between the smallest parts that stores take and what a part may be at most.
const Histograms<ByBucket>::Bounds kPartBytes{65'536,      1'048'576,   4'194'304,     8'388'608,
                                              16'777'216,  33'554'432,  67'108'864,    134'217'728,
                                              268'435'456, 536'870'912, 1'073'741'824, 5'368'709'120};
const Histograms<ByRoute>::Bounds kRequestSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                  0.5,   1,      2.5,   5,    10,    30,   60,  300};

}  // namespace

Metrics::Metrics()
    : part_upload_duration_seconds(
          registry_,
          {"longshore_part_upload_duration_seconds",
           "Time from the first byte of a part to the store's answer, of stored parts."},
          kPartSeconds),
      part_upload_size_bytes(registry_, {"longshore_part_upload_size_bytes", "Sizes of stored parts."},
                             kPartBytes),
      part_upload_success_total(
          registry_, {"longshore_part_upload_success_total", "Parts that the store acknowledged."}),
      part_upload_errors_total(registry_, {"longshore_part_upload_errors_total",
                                           "Parts that were not stored, by what went wrong."}),
      store_trial_errors_total(registry_, {"longshore_store_trial_errors_total",
                                           "Failures to find out what a bucket's store can do."}),
      credentials_errors_total(
          registry_, {"longshore_credentials_errors_total", "Failures to get credentials for a bucket."}),
      uploads_initiated_total(registry_, {"longshore_uploads_initiated_total", "Uploads that were begun."}),
      uploads_ended_total(registry_, {"longshore_uploads_ended_total", "Uploads that ended, by how."}),
      http_requests_total(registry_, {"longshore_http_requests_total", "HTTP requests answered."}),
      http_request_duration_seconds(registry_,
                                    {"longshore_http_request_duration_seconds",
                                     "Time from a request's header to the last byte of its answer."},
                                    kRequestSeconds),
      grpc_calls_total(registry_, {"longshore_grpc_calls_total", "gRPC calls answered."}),
      grpc_call_duration_seconds(registry_,
                                 {"longshore_grpc_call_duration_seconds",
                                  "Time from a call's header to the last byte of its answer."},
                                 kRequestSeconds),
      connections_open(registry_, {"longshore_connections_open", "Client connections that are open."}),
      connections_refused_total(registry_,
                                {"longshore_connections_refused_total",
                                 "Connections closed at once: too many, in all or of one address."}),
      accept_errors_total(registry_, {"longshore_accept_errors_total",
                                      "Failures to accept a connection, as for lack of descriptors."}),
      buffer_pool_in_use_bytes(
          registry_, {"longshore_buffer_pool_in_use_bytes", "Memory for bodies, handed out or reserved."}),
      buffer_pool_budget_bytes(registry_,
                               {"longshore_buffer_pool_budget_bytes", "Memory that bodies may use."}),
      outbox_waiting_rows(registry_, {"longshore_outbox_waiting_rows", "Events that wait to be published."}),
      outbox_oldest_age_seconds(registry_, {"longshore_outbox_oldest_age_seconds",
                                            "How long the oldest waiting event has waited."}),
      outbox_published_total(registry_, {"longshore_outbox_published_total", "Events published."}),
      outbox_refused_total(registry_,
                           {"longshore_outbox_refused_total", "Events that the sink refused: they wait."}),
      sweep_runs_total(registry_, {"longshore_sweep_runs_total", "Runs of the sweeper, by outcome."}),
      catalog_errors_total(registry_, {"longshore_catalog_errors_total", "Failed calls of the catalog."}),
      session_store_errors_total(
          registry_, {"longshore_session_store_errors_total", "Failed calls of the session store."}) {
  for (const bool ok : {true, false}) sweep_runs_total.show({ok});
}

std::string Metrics::exposition() {
  for (const auto& refresh : refreshes_) refresh(*this);
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace longshore
