#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/event.h"
#include "domain/operation.h"
#include "ports/body_source.h"

namespace longshore {

/// A row and the value of `revision` that it must still have; 0: it must not exist yet. On success the stored
/// row has expected_revision + 1.
struct OperationWrite {
  Operation operation;
  std::int64_t expected_revision = 0;
};
struct NodeWrite {
  Node node;
  std::int64_t expected_revision = 0;
};

/// An Idempotency-Key and what it led to; scope: the connector.
struct IdempotencyRecord {
  ConnectorId connector;
  std::string key;
  std::string request_sha256_hex;
  UploadId upload;
  Time kept_until{};
};

/// One transaction: every comparison holds and all of it is written, or nothing is.
struct Change {
  std::optional<NodeWrite> node;
  std::vector<OperationWrite> operations;
  std::optional<IdempotencyRecord> idempotency;  // must not exist yet; one whose time is over, or whose
                                                 // upload has no row any more, counts as absent and is
                                                 // replaced
  std::vector<EventDraft> events;  // appended to the node's outbox in this order, numbered under the node
                                   // row's lock
};

/// An operation with its node, and what time the catalog says it is.
struct LoadedOperation {
  Operation operation;
  Node node;
  Time now{};
};
struct LoadedNode {
  Node node;
  Time now{};
};

struct UploadQuery {
  std::vector<OperationState> states;  // empty: all
  ConnectorId connector;               // empty: all
  std::optional<Time> created_before;
  int page_size = 100;
  std::string page_token;  // opaque, from the page before; a forged one is Error(invalid_request, field
                           // page_token)
};
struct UploadPage {
  std::vector<Operation> uploads;  // oldest first
  std::string next_page_token;     // empty: no more
};
struct NodeQuery {
  ConnectorId connector;
  DriveName drive;
  std::string path_prefix;
  std::optional<NodeState> state;
  int page_size = 100;
  std::string page_token;
};
struct NodePage {
  std::vector<Node> nodes;  // by node id; fewer than asked for, or none, also where more follow: a page of
                            // a filtered list ends after so many nodes that were looked at
  std::string next_page_token;  // empty: no more
};

struct OperationQuery {
  NodeId node;
  int page_size = 100;
  std::string page_token;
};
struct OperationPage {
  std::vector<Operation> operations;  // newest first
  std::string next_page_token;
};

struct OutboxState {
  std::int64_t waiting = 0;
  std::optional<Time> oldest;
  Time now{};
};

/// Nodes, operations, outbox: the truth. Thread-safe. What may change is decided in domain/ and coordinator/;
/// the catalog compares and writes. Errors: Error(catalog_unavailable) with its Outcome; `unknown` from
/// commit: look again before saying anything.
class Catalog {
 public:
  Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
  virtual ~Catalog() = default;

  /// True: committed, durable. False: something was not as expected (someone else was first), and nothing was
  /// written.
  virtual Task<bool> commit(Change change) = 0;

  virtual Task<std::optional<LoadedOperation>> load(UploadId upload) = 0;
  virtual Task<std::optional<LoadedNode>> load_node(NodeId node) = 0;
  /// nullopt: none that counts.
  virtual Task<std::optional<IdempotencyRecord>> find_idempotency(ConnectorId connector, std::string key) = 0;
  virtual Task<Time> now() = 0;

  /// Operations of a connector that have not ended (OPEN, COMPLETING), counted up to `up_to`.
  virtual Task<std::int64_t> count_open(ConnectorId connector, std::int64_t up_to) = 0;
  virtual Task<UploadPage> list_uploads(UploadQuery query) = 0;
  virtual Task<NodePage> list_nodes(NodeQuery query) = 0;
  virtual Task<OperationPage> operations_of(OperationQuery query) = 0;

  /// Rows whose look_again_at is due, oldest first; each is claimed by moving its look_again_at by
  /// `claim_for`, without a change of its revision, so that other servers pass it over.
  virtual Task<std::vector<UploadId>> claim_due(int limit, Millis claim_for) = 0;
  /// Drops an ended operation's row, if its revision is still this, and with `node_too` its node's row if it
  /// has no other operation.
  virtual Task<bool> forget(UploadId upload, std::int64_t revision, bool node_too) = 0;
  virtual Task<int> forget_idempotency(int limit) = 0;  // those whose time is over

  /// Unpublished rows of nodes that nobody else drains and that are not deferred: at most `limit` rows, those
  /// of one node in sequence and without a gap from its first unpublished one, claimed for `claim_for` by
  /// `drainer`.
  /// A drainer may claim its own nodes again: that renews the claim.
  virtual Task<std::vector<OutboxRow>> claim_outbox(std::string drainer, int limit, Millis claim_for) = 0;
  /// These rows were acknowledged by the sink; published rows are deleted.
  virtual Task<void> mark_published(std::vector<std::int64_t> rows) = 0;
  /// Gives the claims of these nodes back, to be tried again after `delay`; counts one more try on
  /// `failed_row` (0: none).
  virtual Task<void> release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                                    std::int64_t failed_row) = 0;
  /// A person's decision; the row, or nullopt if there is none of that event id.
  virtual Task<std::optional<OutboxRow>> skip_outbox(std::string event_id) = 0;
  virtual Task<std::vector<OutboxRow>> peek_outbox(int limit) = 0;
  virtual Task<OutboxState> outbox_state() = 0;
};

}  // namespace longshore
