#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/catalog.h"

namespace longshore {

/// The catalog in memory: the simplest thing that keeps the port's contract, for tests and the simulation.
/// Every call does its step at once, without suspending. One thread only. `clock` outlives it.
class MemoryCatalog final : public Catalog {
 public:
  explicit MemoryCatalog(const Clock& clock) : clock_(clock) {}

  Task<bool> commit(Change change) override;
  Task<std::optional<LoadedOperation>> load(UploadId upload) override;
  Task<std::optional<LoadedNode>> load_node(NodeId node) override;
  Task<std::optional<IdempotencyRecord>> find_idempotency(ConnectorId connector, std::string key) override;
  Task<Time> now() override;

  Task<std::int64_t> count_open(ConnectorId connector, std::int64_t up_to) override;
  Task<UploadPage> list_uploads(UploadQuery query) override;
  Task<NodePage> list_nodes(NodeQuery query) override;
  Task<OperationPage> operations_of(OperationQuery query) override;

  Task<std::vector<UploadId>> claim_due(int limit, Millis claim_for) override;
  Task<bool> forget(UploadId upload, std::int64_t revision, bool node_too) override;
  Task<int> forget_idempotency(int limit) override;

  Task<std::vector<OutboxRow>> claim_outbox(std::string drainer, int limit, Millis claim_for) override;
  Task<void> mark_published(std::vector<std::int64_t> rows) override;
  Task<void> release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                            std::int64_t failed_row) override;
  Task<std::optional<OutboxRow>> skip_outbox(std::string event_id) override;
  Task<std::vector<OutboxRow>> peek_outbox(int limit) override;
  Task<OutboxState> outbox_state() override;

  // What a test looks at.
  struct OperationRow {
    Operation operation;
    std::int64_t inserted = 0;  // counts up: the order of insertion
  };
  struct NodeRow {
    Node node;
    std::int64_t last_sequence = 0;
    Time last_event_at{};
  };
  /// Who drains a node that has rows waiting; without a drainer, `until` is when it may be tried.
  struct Drain {
    std::string drainer;
    Time until{};
  };
  [[nodiscard]] const std::map<UploadId, OperationRow>& operations() const { return operations_; }
  [[nodiscard]] const std::map<NodeId, NodeRow>& nodes() const { return nodes_; }
  [[nodiscard]] const std::map<std::int64_t, OutboxRow>& outbox() const { return outbox_; }

 private:
  using IdempotencyScope = std::pair<ConnectorId, std::string>;

  [[nodiscard]] bool holds(const Change& change) const;
  [[nodiscard]] const IdempotencyRecord* find_record(const IdempotencyScope& scope) const;
  void append_event(EventDraft event);
  void erase_row(std::int64_t row);
  [[nodiscard]] bool claimable(const NodeId& node, const std::string& drainer) const;

  const Clock& clock_;
  std::map<UploadId, OperationRow> operations_;
  std::map<NodeId, NodeRow> nodes_;
  std::map<IdempotencyScope, IdempotencyRecord> idempotency_;
  std::map<std::int64_t, OutboxRow> outbox_;
  std::map<NodeId, Drain> drains_;  // of the nodes with rows in the outbox
  std::int64_t last_inserted_ = 0;
  std::int64_t last_row_ = 0;
};

}  // namespace longshore
