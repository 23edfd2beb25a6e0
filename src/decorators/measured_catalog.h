#pragma once

#include <string>
#include <utility>
#include <vector>

#include "decorators/count_errors.h"
#include "ports/catalog.h"

namespace longshore {

/// A catalog whose errors are counted, and with each commit the uploads that begin and end by it. `catalog`
/// and `metrics` outlive it.
class MeasuredCatalog final : public Catalog {
 public:
  MeasuredCatalog(Catalog& catalog, Metrics& metrics);

  Task<bool> commit(Change change) override;
  Task<std::optional<LoadedOperation>> load(UploadId upload) override {
    return counted(catalog_.load(std::move(upload)));
  }
  Task<std::optional<LoadedNode>> load_node(NodeId node) override {
    return counted(catalog_.load_node(std::move(node)));
  }
  Task<std::optional<IdempotencyRecord>> find_idempotency(ConnectorId connector, std::string key) override {
    return counted(catalog_.find_idempotency(std::move(connector), std::move(key)));
  }
  Task<Time> now() override { return counted(catalog_.now()); }
  Task<std::int64_t> count_open(ConnectorId connector, std::int64_t up_to) override {
    return counted(catalog_.count_open(std::move(connector), up_to));
  }
  Task<UploadPage> list_uploads(UploadQuery query) override {
    return counted(catalog_.list_uploads(std::move(query)));
  }
  Task<NodePage> list_nodes(NodeQuery query) override {
    return counted(catalog_.list_nodes(std::move(query)));
  }
  Task<OperationPage> operations_of(OperationQuery query) override {
    return counted(catalog_.operations_of(std::move(query)));
  }
  Task<std::vector<UploadId>> claim_due(int limit, Millis claim_for) override {
    return counted(catalog_.claim_due(limit, claim_for));
  }
  Task<bool> forget(UploadId upload, std::int64_t revision, bool node_too) override {
    return counted(catalog_.forget(std::move(upload), revision, node_too));
  }
  Task<int> forget_idempotency(int limit) override { return counted(catalog_.forget_idempotency(limit)); }
  Task<std::vector<OutboxRow>> claim_outbox(std::string drainer, int limit, Millis claim_for) override {
    return counted(catalog_.claim_outbox(std::move(drainer), limit, claim_for));
  }
  Task<void> mark_published(std::vector<std::int64_t> rows) override {
    return counted(catalog_.mark_published(std::move(rows)));
  }
  Task<void> release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                            std::int64_t failed_row) override {
    return counted(catalog_.release_outbox(std::move(drainer), std::move(nodes), delay, failed_row));
  }
  Task<std::optional<OutboxRow>> skip_outbox(std::string event_id) override {
    return counted(catalog_.skip_outbox(std::move(event_id)));
  }
  Task<std::vector<OutboxRow>> peek_outbox(int limit) override {
    return counted(catalog_.peek_outbox(limit));
  }
  Task<OutboxState> outbox_state() override { return counted(catalog_.outbox_state()); }

 private:
  template <class T>
  Task<T> counted(Task<T> call) {
    return counting_errors(std::move(call), metrics_.catalog_errors_total, Reason::catalog_unavailable);
  }

  Catalog& catalog_;
  Metrics& metrics_;
};

}  // namespace longshore
