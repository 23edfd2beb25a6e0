#include "tests/fakes/faulty_ports.h"

namespace longshore::fakes {

namespace {

CallSite catalog(std::string_view call) { return {"catalog", call, Reason::catalog_unavailable}; }
CallSite sessions(std::string_view call) { return {"sessions", call, Reason::state_unavailable}; }

}  // namespace

// Catalog

Task<bool> FaultyCatalog::commit(Change change) {
  auto text = words(link_, change);
  return carry<bool>(link_, catalog("commit"), std::move(text),
                     [this, change = std::move(change)] { return inner_.commit(change); });
}
Task<std::optional<LoadedOperation>> FaultyCatalog::load(UploadId upload) {
  return carry<std::optional<LoadedOperation>>(link_, catalog("load"), words(link_, upload),
                                               [=, this] { return inner_.load(upload); });
}
Task<std::optional<LoadedNode>> FaultyCatalog::load_node(NodeId node) {
  return carry<std::optional<LoadedNode>>(link_, catalog("load_node"), words(link_, node),
                                          [=, this] { return inner_.load_node(node); });
}
Task<std::optional<IdempotencyRecord>> FaultyCatalog::find_idempotency(ConnectorId connector,
                                                                       std::string key) {
  return carry<std::optional<IdempotencyRecord>>(
      link_, catalog("find_idempotency"), words(link_, connector),
      [=, this] { return inner_.find_idempotency(connector, key); });
}
Task<Time> FaultyCatalog::now() {
  return carry<Time>(link_, catalog("now"), "", [this] { return inner_.now(); });
}
Task<std::int64_t> FaultyCatalog::count_open(ConnectorId connector, std::int64_t up_to) {
  return carry<std::int64_t>(link_, catalog("count_open"), words(link_, connector),
                             [=, this] { return inner_.count_open(connector, up_to); });
}
Task<UploadPage> FaultyCatalog::list_uploads(UploadQuery query) {
  return carry<UploadPage>(link_, catalog("list_uploads"), "",
                           [=, this] { return inner_.list_uploads(query); });
}
Task<NodePage> FaultyCatalog::list_nodes(NodeQuery query) {
  return carry<NodePage>(link_, catalog("list_nodes"), "", [=, this] { return inner_.list_nodes(query); });
}
Task<OperationPage> FaultyCatalog::operations_of(OperationQuery query) {
  return carry<OperationPage>(link_, catalog("operations_of"), words(link_, query.node),
                              [=, this] { return inner_.operations_of(query); });
}
Task<std::vector<UploadId>> FaultyCatalog::claim_due(int limit, Millis claim_for) {
  return carry<std::vector<UploadId>>(link_, catalog("claim_due"), "",
                                      [=, this] { return inner_.claim_due(limit, claim_for); });
}
Task<bool> FaultyCatalog::forget(UploadId upload, std::int64_t revision, bool node_too) {
  return carry<bool>(link_, catalog("forget"), words(link_, upload, node_too),
                     [=, this] { return inner_.forget(upload, revision, node_too); });
}
Task<int> FaultyCatalog::forget_idempotency(int limit) {
  return carry<int>(link_, catalog("forget_idempotency"), "",
                    [=, this] { return inner_.forget_idempotency(limit); });
}
Task<std::vector<OutboxRow>> FaultyCatalog::claim_outbox(std::string drainer, int limit, Millis claim_for) {
  return carry<std::vector<OutboxRow>>(link_, catalog("claim_outbox"), "",
                                       [=, this] { return inner_.claim_outbox(drainer, limit, claim_for); });
}
Task<void> FaultyCatalog::mark_published(std::vector<std::int64_t> rows) {
  return carry<void>(link_, catalog("mark_published"), words(link_, rows),
                     [=, this] { return inner_.mark_published(rows); });
}
Task<void> FaultyCatalog::release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                                         std::int64_t failed_row) {
  return carry<void>(link_, catalog("release_outbox"), words(link_, nodes),
                     [=, this] { return inner_.release_outbox(drainer, nodes, delay, failed_row); });
}
Task<std::optional<OutboxRow>> FaultyCatalog::skip_outbox(std::string event_id) {
  return carry<std::optional<OutboxRow>>(link_, catalog("skip_outbox"), words(link_, event_id),
                                         [=, this] { return inner_.skip_outbox(event_id); });
}
Task<std::vector<OutboxRow>> FaultyCatalog::peek_outbox(int limit) {
  return carry<std::vector<OutboxRow>>(link_, catalog("peek_outbox"), "",
                                       [=, this] { return inner_.peek_outbox(limit); });
}
Task<OutboxState> FaultyCatalog::outbox_state() {
  return carry<OutboxState>(link_, catalog("outbox_state"), "", [this] { return inner_.outbox_state(); });
}

// Session store

Task<bool> FaultySessionStore::create(SessionInfo info, AttemptId closed_by) {
  return carry<bool>(link_, sessions("create"), words(link_, info.upload),
                     [=, this] { return inner_.create(info, closed_by); });
}
Task<BeginAnswer> FaultySessionStore::begin_part(UploadId upload, BeginPart request, Millis lifetime) {
  return carry<BeginAnswer>(link_, sessions("begin_part"),
                            words(link_, upload, request.chunk.value(), request.attempt),
                            [=, this] { return inner_.begin_part(upload, request, lifetime); });
}
Task<bool> FaultySessionStore::renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                             Millis lifetime) {
  return carry<bool>(link_, sessions("renew_attempt"), words(link_, upload, chunk.value(), attempt),
                     [=, this] { return inner_.renew_attempt(upload, chunk, attempt, lifetime); });
}
Task<void> FaultySessionStore::drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) {
  return carry<void>(link_, sessions("drop_attempt"), words(link_, upload, chunk.value(), attempt),
                     [=, this] { return inner_.drop_attempt(upload, chunk, attempt); });
}
Task<RecordAnswer> FaultySessionStore::record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                                   Receipt receipt) {
  return carry<RecordAnswer>(link_, sessions("record_part"),
                             words(link_, upload, chunk.value(), attempt, receipt.etag),
                             [=, this] { return inner_.record_part(upload, chunk, attempt, receipt); });
}
Task<std::optional<LedgerSnapshot>> FaultySessionStore::snapshot(UploadId upload) {
  return carry<std::optional<LedgerSnapshot>>(link_, sessions("snapshot"), words(link_, upload),
                                              [=, this] { return inner_.snapshot(upload); });
}
Task<std::vector<std::optional<LedgerSummary>>> FaultySessionStore::summaries(std::vector<UploadId> uploads) {
  return carry<std::vector<std::optional<LedgerSummary>>>(link_, sessions("summaries"), words(link_, uploads),
                                                          [=, this] { return inner_.summaries(uploads); });
}
Task<void> FaultySessionStore::merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) {
  return carry<void>(link_, sessions("merge_listed"), words(link_, upload, parts),
                     [=, this] { return inner_.merge_listed(upload, parts, asked_at); });
}
Task<void> FaultySessionStore::repair(UploadId upload, std::vector<ReceiptRepair> repairs) {
  return carry<void>(link_, sessions("repair"), words(link_, upload, repairs.size()),
                     [=, this] { return inner_.repair(upload, repairs); });
}
Task<std::optional<LedgerSnapshot>> FaultySessionStore::close(UploadId upload, AttemptId by) {
  return carry<std::optional<LedgerSnapshot>>(link_, sessions("close"), words(link_, upload, by),
                                              [=, this] { return inner_.close(upload, by); });
}
Task<void> FaultySessionStore::reopen(UploadId upload, AttemptId by) {
  return carry<void>(link_, sessions("reopen"), words(link_, upload, by),
                     [=, this] { return inner_.reopen(upload, by); });
}
Task<void> FaultySessionStore::end(UploadId upload, Millis kept) {
  return carry<void>(link_, sessions("end"), words(link_, upload),
                     [=, this] { return inner_.end(upload, kept); });
}
Task<int> FaultySessionStore::forget_ended(int limit) {
  return carry<int>(link_, sessions("forget_ended"), "", [=, this] { return inner_.forget_ended(limit); });
}

// Events

Task<std::vector<PublishResult>> FaultyEventSink::publish(std::vector<OutboxRow> rows) {
  const CallSite site{"events", "publish", Reason::internal};
  const std::size_t count = rows.size();
  std::string failure;
  try {
    auto text = words(link_, rows);
    co_return co_await carry<std::vector<PublishResult>>(
        link_, site, std::move(text), [this, rows = std::move(rows)] { return inner_.publish(rows); });
  } catch (const Error& error) {
    failure = error.message();
  }
  co_return std::vector<PublishResult>(count, failure);
}

}  // namespace longshore::fakes
