#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/catalog.h"
#include "ports/store_findings.h"
#include "sqlite/store.h"

namespace longshore::sqlite {

/// The catalog in an SQLite file (docs/formats/catalog.md): nodes, operations and outbox change in one
/// transaction, and what was found out about stores is kept beside them. What commit() has answered survives
/// a power cut. One process has the file (DataFolder).
class SqliteCatalog final : public Catalog, public StoreFindings {
 public:
  /// A page never has more rows than this, whatever was asked for.
  static constexpr int kPageMax = 1000;
  /// A page of nodes looks at no more than these, a few milliseconds: where few of them are wanted it comes
  /// short, or empty, and names the next page.
  static constexpr int kLookedAtMax = 5000;

  /// Opens the file, or makes it, and migrates it. Throws Error(catalog_unavailable). `clock` outlives it.
  SqliteCatalog(std::string path, const Clock& clock);

  /// Ends what the process that had the data folder before still held: leases of COMPLETING operations, owner
  /// marks, creates that it was waiting for, claims on the outbox. The operations are due at once. Called
  /// once, before anything is served.
  Task<void> end_predecessor();

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

  Task<std::optional<StoreFinding>> load_finding(std::string store) override;
  Task<void> keep_finding(std::string store, std::string text) override;

 private:
  const Clock& clock_;
  Store store_;
};

}  // namespace longshore::sqlite
