#include "coordinator/initiate.h"

#include <utility>

#include "base/uuid.h"
#include "coordinator/view.h"

namespace longshore {
namespace {

constexpr std::size_t kTokenBytes = 16;

NodeId node_meant(const InitiateRequest& request, const DriveName& drive, Time now, Random& random) {
  if (!request.client_node_id.empty()) return request.client_node_id;
  if (request.by_name || request.fail_if_exists)
    return node_id_by_name(drive, request.connector, request.attributes.path, request.attributes.name);
  return NodeId{uuid_v7(now, random)};
}

void check_against_drive(const InitiateRequest& request, const Drive& drive, bool in_parts) {
  check_geometry(request.expected.size, request.expected.chunk_size, drive.limits);
  if (in_parts && drive.limits.equal_parts && !request.expected.chunk_size)
    throw invalid_field("chunk_size", "this drive's store wants chunks of one size: give chunk_size");
}

// May this node be given bytes by this request now?
void check_node(const Node& node, const InitiateRequest& request) {
  if (node.connector != request.connector)
    throw Error{Reason::already_exists, "this node id is another connector's; use another one"};
  if (node.state == NodeState::active && request.fail_if_exists)
    throw Error{Reason::already_exists, "the node exists and is ACTIVE, and fail_if_exists was asked for"};
}

Error in_progress(const Node& node) {
  return Error{Reason::upload_in_progress,
               "the node has an operation that is going on; complete or cancel it first",
               {.upload_id = node.open_operation.str(), .retry_after = Millis{1000}}};
}

}  // namespace

Task<Initiation::Result> Initiation::insert() {
  const Drive& drive = coordinator_.drive(request_.drive);
  request_.drive = drive.name;
  check_against_drive(request_, drive, !start_.single_put);
  Ports& ports = steps_.ports();
  const NodeId node_id = node_meant(request_, drive.name, steps_.now(), ports.random);
  const UploadToken token{random_hex(ports.random, kTokenBytes)};

  for (int tries = 0; tries < kChangeTries; ++tries) {
    if (auto known = co_await repeated()) {
      const bool ours = known->operation.token == token;  // this very request's, its commit's answer was lost
      co_return Result{std::move(*known), !ours};
    }
    auto found = co_await ports.catalog.load_node(node_id);
    const Time now = found ? found->now : co_await ports.catalog.now();
    Node node = found ? std::move(found->node) : fresh_node(node_id);
    if (node.revision > 0) {
      if (!node.open_operation.empty()) {
        LoadedOperation open = co_await steps_.load(node.open_operation);
        if (open.operation.token == token)
          co_return Result{std::move(open), false};  // our own, its answer was lost
        check_node(node, request_);
        if (!co_await owner_has_gone(open)) throw in_progress(node);
        continue;
      }
      check_node(node, request_);
    }
    co_await check_open_uploads();
    Change change = first_change(drive, std::move(node), token, now);
    Result inserted{{change.operations.front().operation, change.node->node, now}, false};
    if (co_await steps_.try_commit(std::move(change)) != true) continue;
    inserted.loaded.operation.revision = 1;
    ++inserted.loaded.node.revision;
    co_return inserted;
  }
  throw unavailable(Reason::catalog_unavailable, "the node changes too fast; try again", Outcome::retry);
}

Task<std::optional<LoadedOperation>> Initiation::repeated() {
  if (request_.idempotency_key.empty()) co_return std::nullopt;
  const auto record = co_await steps_.ports().catalog.find_idempotency(request_.connector,
                                                                       request_.idempotency_key);
  if (!record) co_return std::nullopt;
  if (record->request_sha256_hex != request_.request_sha256_hex)
    throw Error{Reason::idempotency_key_reused,
                "another request came under this Idempotency-Key; use a new key for a new request"};
  co_return co_await steps_.load(record->upload);
}

// An upload that belonged to a request which has gone makes room for the next one of that name.
Task<bool> Initiation::owner_has_gone(const LoadedOperation& open) {
  const Operation& op = open.operation;
  if (op.state != OperationState::open || !owner_mark_has_run_out(open)) co_return false;
  const Ending ending{.state = OperationState::cancelled,
                      .error_code = "CANCELLED",
                      .message = "the request that fed it has gone"};
  co_await steps_.end(op.id, ending, caller_.request_id, {.still = owner_mark_has_run_out});
  co_return true;
}

Task<void> Initiation::check_open_uploads() {
  const std::int64_t most = steps_.policy().uploads_open_max;
  if (co_await steps_.ports().catalog.count_open(request_.connector, most) >= most)
    throw Error{
        Reason::too_many_uploads,
        "this connector has " + std::to_string(most) + " open uploads, its limit; complete or cancel some",
        {.limit = most, .retry_after = std::chrono::seconds{10}}};
}

Node Initiation::fresh_node(const NodeId& id) const {
  Node node;
  node.id = id;
  node.connector = request_.connector;
  node.drive = request_.drive;
  return node;
}

Change Initiation::first_change(const Drive& drive, Node node, const UploadToken& token, Time now) {
  Operation op;
  op.node = node.id;
  op.id = upload_id_of(node.id, node.operations + 1);
  op.connector = request_.connector;
  op.drive = drive.name;
  op.token = token;
  op.attributes = request_.attributes;
  op.expected = request_.expected;
  op.request_id = caller_.request_id;
  op.account_id = caller_.account_id;
  op.single_put = start_.single_put;
  if (start_.owned) op.owner_until = now + kCreateDeadline;  // renewed once it is created
  op.key = drive.key_template.expand({.connector = op.connector,
                                      .upload = op.id,
                                      .node = op.node,
                                      .drive = op.drive,
                                      .path = op.attributes.path,
                                      .name = op.attributes.name,
                                      .now = now});
  const std::int64_t node_revision = node.revision;
  Transition first = begin_upload({std::move(op), drive.store->capabilities().bucket}, std::move(node), now,
                                  start_.attempt);

  Change change;
  if (!request_.idempotency_key.empty())
    change.idempotency = IdempotencyRecord{.connector = request_.connector,
                                           .key = request_.idempotency_key,
                                           .request_sha256_hex = request_.request_sha256_hex,
                                           .upload = first.operation.id,
                                           .kept_until = now + kIdempotencyKept};
  change.node = NodeWrite{std::move(first.node), node_revision};
  change.operations.push_back({std::move(first.operation), 0});
  change.events = std::move(first.events);
  return change;
}

// A definite refusal ends the row at once, unless it has got its upload from somebody else.
Task<LoadedOperation> Initiation::fail_uncreated(UploadId id, std::string code) {
  const Ending ending{.state = OperationState::failed,
                      .error_code = std::move(code),
                      .message = "the store refused to create the upload"};
  co_return co_await steps_.change(id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    const Operation& op = row.operation;
    if (op.state != OperationState::open || op.creates_sent > 1) return std::nullopt;
    return end_otherwise(op, row.node, row.now, ending, steps_.policy());
  });
}

Task<LoadedOperation> Initiation::create(LoadedOperation inserted) {
  std::exception_ptr refusal;
  std::string code;
  bool again = false;
  try {
    LoadedOperation created = co_await steps_.ensure_created(inserted, true);
    if (created.operation.state == OperationState::open && created.operation.store_upload)
      co_await steps_.begin_session(created.operation);
    co_return created;
  } catch (const Error& error) {
    // A session that could not be made is rebuilt by the first part; a store that says "later" is asked again
    // by the next touch; a create whose fate is unknown, or whose id the catalog did not take, is found by
    // it.
    const bool by_store = error.reason() == Reason::store_refused ||
                          error.reason() == Reason::store_unavailable;
    again = by_store && error.outcome() == Outcome::retry;
    if (!by_store || error.outcome() != Outcome::refused) {
      steps_.report("initiate " + inserted.operation.id.str(), error.message());
    } else {
      refusal = std::current_exception();
      code = to_string(error.reason());
    }
  }
  if (refusal) {
    LoadedOperation after = co_await fail_uncreated(inserted.operation.id, std::move(code));
    if (!has_ended(after.operation.state)) co_return after;  // somebody else's create went through meanwhile
    co_await steps_.settle_soon(after.operation.id);
    std::rethrow_exception(refusal);
  }
  if (again) co_return co_await allow_another_create(inserted.operation.id);
  co_return co_await steps_.load(inserted.operation.id);
}

// Our create was definitely not done: whoever comes next need not wait for its deadline.
Task<LoadedOperation> Initiation::allow_another_create(UploadId id) {
  co_return co_await steps_.change(std::move(id),
                                   [](const LoadedOperation& row) -> std::optional<Transition> {
                                     const Operation& op = row.operation;
                                     if (op.state != OperationState::open || op.store_upload ||
                                         op.creates_sent > 1 || op.create_deadline <= row.now)
                                       return std::nullopt;
                                     Transition to{.operation = op, .node = row.node};
                                     to.operation.create_deadline = row.now;
                                     return to;
                                   });
}

Task<UploadView> Coordinator::initiate(Caller caller, InitiateRequest request) {
  Steps steps{*this};
  Initiation initiation{*this, std::move(caller), std::move(request), {}};
  Initiation::Result result = co_await initiation.insert();
  if (!result.repeated) result.loaded = co_await initiation.create(std::move(result.loaded));
  co_return co_await view_of(steps, std::move(result.loaded));
}

}  // namespace longshore
