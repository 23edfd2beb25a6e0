#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "net/timers.h"
#include "obs/log.h"
#include "ports/catalog.h"
#include "ports/store_findings.h"
#include "postgres/bell.h"
#include "postgres/pool.h"

namespace longshore::postgres {

/// The catalog in PostgreSQL (docs/formats/catalog-postgres.md), which any number of servers share: nodes,
/// operations and outbox change in one transaction, and what was found out about stores is kept beside them.
/// The database's clock decides all times.
class PostgresCatalog final : public Catalog, public StoreFindings {
 public:
  /// A page never has more rows than this, whatever was asked for.
  static constexpr int kPageMax = 1000;
  /// A page of nodes looks at no more than these: where few of them are wanted it comes short, or empty, and
  /// names the next page.
  static constexpr int kLookedAtMax = 5000;

  /// Connects to nothing yet. `fresh_events` is called, from a thread of the catalog's, when any server has
  /// committed events; it must not throw. All references outlive the catalog. Throws Error(invalid_request).
  PostgresCatalog(const Options& options, Timers& timers, Random& random, const Log& log,
                  std::function<void()> fresh_events);

  /// Connects, and migrates the schema if need be. What is not opened opens itself when it is used. Blocks.
  /// Throws Error(catalog_unavailable).
  void open();

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
  /// In a transaction that is made once, or not at all: where its commit was not answered, its mark says
  /// whether it is there. Error(catalog_unavailable, unknown): that could not be found out either.
  Task<bool> exactly_once(std::function<bool(Session&)> work);

  Random& random_;
  Watchdog watchdog_;
  Pool pool_;
  Bell bell_;
};

}  // namespace longshore::postgres
