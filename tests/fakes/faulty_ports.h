#pragma once

#include "ports/catalog.h"
#include "ports/event_sink.h"
#include "ports/session_store.h"
#include "tests/fakes/faults.h"

/// The ports as one server sees them across its link: decorators that pass every call on, as its fate has it.
/// Inner port and link outlive them.
namespace longshore::fakes {

class FaultyCatalog final : public Catalog {
 public:
  FaultyCatalog(Catalog& inner, Link& link) : inner_(inner), link_(link) {}

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

 private:
  Catalog& inner_;
  Link& link_;
};

class FaultySessionStore final : public SessionStore {
 public:
  FaultySessionStore(SessionStore& inner, Link& link) : inner_(inner), link_(link) {}

  Task<bool> create(SessionInfo info, AttemptId closed_by) override;
  Task<BeginAnswer> begin_part(UploadId upload, BeginPart request, Millis lifetime) override;
  Task<bool> renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt, Millis lifetime) override;
  Task<void> drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) override;
  Task<RecordAnswer> record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                 Receipt receipt) override;
  Task<std::optional<LedgerSnapshot>> snapshot(UploadId upload) override;
  Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId> uploads) override;
  Task<void> merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) override;
  Task<void> repair(UploadId upload, std::vector<ReceiptRepair> repairs) override;
  Task<std::optional<LedgerSnapshot>> close(UploadId upload, AttemptId by) override;
  Task<void> reopen(UploadId upload, AttemptId by) override;
  Task<void> end(UploadId upload, Millis kept) override;
  Task<int> forget_ended(int limit) override;

 private:
  SessionStore& inner_;
  Link& link_;
};

class FaultyEventSink final : public EventSink {
 public:
  FaultyEventSink(EventSink& inner, Link& link) : inner_(inner), link_(link) {}

  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override;

 private:
  EventSink& inner_;
  Link& link_;
};

}  // namespace longshore::fakes
