#include "tests/fakes/memory_catalog.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include "domain/error.h"

namespace longshore {
namespace {

/// Page tokens: "uploads/MILLISECONDS/ID", "nodes/ID" and "operations/INSERTED", the last row of the page
/// before.
struct Position {
  Time created_at{};
  std::string id;
};

[[noreturn]] void forged() { throw invalid_field("page_token", "page_token is not one of this list"); }

Position upload_position(std::string_view token) {
  constexpr std::string_view kPrefix = "uploads/";
  if (!token.starts_with(kPrefix)) forged();
  token.remove_prefix(kPrefix.size());
  std::int64_t ms = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), ms);
  token.remove_prefix(static_cast<std::size_t>(end - token.data()));
  if (problem != std::errc{} || !token.starts_with('/') || !is_upload_id(token.substr(1))) forged();
  return Position{from_epoch_ms(ms), std::string(token.substr(1))};
}

NodeId node_position(std::string_view token) {
  constexpr std::string_view kPrefix = "nodes/";
  if (!token.starts_with(kPrefix) || !is_node_id(token.substr(kPrefix.size()))) forged();
  return NodeId{std::string(token.substr(kPrefix.size()))};
}

std::int64_t operation_position(std::string_view token) {
  constexpr std::string_view kPrefix = "operations/";
  if (!token.starts_with(kPrefix)) forged();
  token.remove_prefix(kPrefix.size());
  std::int64_t inserted = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), inserted);
  if (problem != std::errc{} || end != token.data() + token.size()) forged();
  return inserted;
}

bool matches(const Operation& operation, const UploadQuery& query) {
  const auto& states = query.states;
  return (states.empty() || std::ranges::find(states, operation.state) != states.end()) &&
         (query.connector.empty() || operation.connector == query.connector) &&
         (!query.created_before || operation.created_at < *query.created_before);
}

bool matches(const Node& node, const NodeQuery& query) {
  return (query.connector.empty() || node.connector == query.connector) &&
         (query.drive.empty() || node.drive == query.drive) && (!query.state || node.state == *query.state) &&
         node.attributes.path.starts_with(query.path_prefix);
}

}  // namespace

bool MemoryCatalog::holds(const Change& change) const {
  if (change.node) {
    const auto found = nodes_.find(change.node->node.id);
    const std::int64_t revision = found == nodes_.end() ? 0 : found->second.node.revision;
    if (revision != change.node->expected_revision) return false;
  }
  for (const OperationWrite& write : change.operations) {
    const auto found = operations_.find(write.operation.id);
    const std::int64_t revision = found == operations_.end() ? 0 : found->second.operation.revision;
    if (revision != write.expected_revision) return false;
  }
  return !change.idempotency || !find_record({change.idempotency->connector, change.idempotency->key});
}

const IdempotencyRecord* MemoryCatalog::find_record(const IdempotencyScope& scope) const {
  const auto found = idempotency_.find(scope);
  if (found == idempotency_.end() || found->second.kept_until <= clock_.now()) return nullptr;
  return operations_.contains(found->second.upload) ? &found->second : nullptr;  // its row may be forgotten
}

Task<bool> MemoryCatalog::commit(Change change) {
  if (!holds(change)) co_return false;

  const auto node_is_there = [&](const NodeId& node) {
    return nodes_.contains(node) || (change.node && change.node->node.id == node);
  };
  const bool whole = std::ranges::all_of(change.operations, node_is_there,
                                         [](const auto& w) { return w.operation.node; }) &&
                     std::ranges::all_of(change.events, node_is_there, &EventDraft::node);
  if (!whole) throw Error(Reason::internal, "a change names a node that the catalog does not have");

  if (change.node) {
    Node& node = nodes_[change.node->node.id].node;
    node = std::move(change.node->node);
    node.revision = change.node->expected_revision + 1;
  }
  for (OperationWrite& write : change.operations) {
    OperationRow& row = operations_[write.operation.id];
    row.operation = std::move(write.operation);
    row.operation.revision = write.expected_revision + 1;
    if (row.inserted == 0) row.inserted = ++last_inserted_;
  }
  if (change.idempotency) {
    IdempotencyScope scope{change.idempotency->connector, change.idempotency->key};
    idempotency_[std::move(scope)] = std::move(*change.idempotency);
  }
  for (EventDraft& event : change.events) append_event(std::move(event));
  co_return true;
}

void MemoryCatalog::append_event(EventDraft event) {
  NodeRow& node = nodes_.at(event.node);
  node.last_sequence += 1;
  node.last_event_at = std::max(clock_.now(), node.last_event_at + Millis{1});
  drains_.try_emplace(event.node, Drain{"", clock_.now()});

  OutboxRow row;
  row.row = ++last_row_;
  row.event_id = event_id_of(event.node, operation_of(event.type), node.last_event_at);
  row.sequence = node.last_sequence;
  row.timestamp = node.last_event_at;
  row.event = std::move(event);
  outbox_.emplace(row.row, std::move(row));
}

Task<std::optional<LoadedOperation>> MemoryCatalog::load(UploadId upload) {
  const auto found = operations_.find(upload);
  if (found == operations_.end()) co_return std::nullopt;
  const Operation& operation = found->second.operation;
  co_return LoadedOperation{operation, nodes_.at(operation.node).node, clock_.now()};
}

Task<std::optional<LoadedNode>> MemoryCatalog::load_node(NodeId node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) co_return std::nullopt;
  co_return LoadedNode{found->second.node, clock_.now()};
}

Task<std::optional<IdempotencyRecord>> MemoryCatalog::find_idempotency(ConnectorId connector,
                                                                       std::string key) {
  const IdempotencyRecord* found = find_record({std::move(connector), std::move(key)});
  if (found == nullptr) co_return std::nullopt;
  co_return *found;
}

Task<Time> MemoryCatalog::now() { co_return clock_.now(); }

Task<std::int64_t> MemoryCatalog::count_open(ConnectorId connector, std::int64_t up_to) {
  const auto open = [&](const auto& entry) {
    const Operation& operation = entry.second.operation;
    return operation.connector == connector && !has_ended(operation.state);
  };
  co_return std::min<std::int64_t>(std::ranges::count_if(operations_, open), up_to);
}

Task<UploadPage> MemoryCatalog::list_uploads(UploadQuery query) {
  std::map<std::pair<Time, UploadId>, const Operation*> by_age;
  for (const auto& [id, row] : operations_) {
    if (matches(row.operation, query))
      by_age.emplace(std::pair{row.operation.created_at, id}, &row.operation);
  }
  auto next = by_age.begin();
  if (!query.page_token.empty()) {
    const Position after = upload_position(query.page_token);
    next = by_age.upper_bound({after.created_at, UploadId{after.id}});
  }
  UploadPage page;
  for (; next != by_age.end() && std::ssize(page.uploads) < query.page_size; ++next) {
    page.uploads.push_back(*next->second);
  }
  if (next != by_age.end()) {
    const Operation& last = page.uploads.back();
    page.next_page_token = "uploads/" + std::to_string(epoch_ms(last.created_at)) + "/" + last.id.str();
  }
  co_return page;
}

Task<NodePage> MemoryCatalog::list_nodes(NodeQuery query) {
  auto next = query.page_token.empty() ? nodes_.begin() : nodes_.upper_bound(node_position(query.page_token));
  NodePage page;
  for (; next != nodes_.end(); ++next) {
    if (!matches(next->second.node, query)) continue;
    if (std::ssize(page.nodes) == query.page_size) {
      page.next_page_token = "nodes/" + page.nodes.back().id.str();
      break;
    }
    page.nodes.push_back(next->second.node);
  }
  co_return page;
}

Task<OperationPage> MemoryCatalog::operations_of(OperationQuery query) {
  std::map<std::int64_t, const Operation*, std::greater<>> newest_first;
  for (const auto& [id, row] : operations_) {
    if (row.operation.node == query.node) newest_first.emplace(row.inserted, &row.operation);
  }
  auto next = newest_first.begin();
  if (!query.page_token.empty()) next = newest_first.upper_bound(operation_position(query.page_token));
  OperationPage page;
  std::int64_t last = 0;
  for (; next != newest_first.end() && std::ssize(page.operations) < query.page_size; ++next) {
    page.operations.push_back(*next->second);
    last = next->first;
  }
  if (next != newest_first.end()) page.next_page_token = "operations/" + std::to_string(last);
  co_return page;
}

Task<std::vector<UploadId>> MemoryCatalog::claim_due(int limit, Millis claim_for) {
  std::set<std::pair<Time, UploadId>> due;
  for (const auto& [id, row] : operations_) {
    const auto& at = row.operation.look_again_at;
    if (at && *at <= clock_.now()) due.emplace(*at, id);
  }
  std::vector<UploadId> claimed;
  for (const auto& [at, id] : due) {
    if (std::ssize(claimed) == limit) break;
    operations_.at(id).operation.look_again_at = clock_.now() + claim_for;
    claimed.push_back(id);
  }
  co_return claimed;
}

Task<bool> MemoryCatalog::forget(UploadId upload, std::int64_t revision, bool node_too) {
  const auto found = operations_.find(upload);
  if (found == operations_.end() || found->second.operation.revision != revision ||
      !has_ended(found->second.operation.state)) {
    co_return false;
  }
  const NodeId node = found->second.operation.node;
  operations_.erase(found);
  const bool has_others = std::ranges::any_of(
      operations_, [&](const auto& entry) { return entry.second.operation.node == node; });
  if (node_too && !has_others) nodes_.erase(node);
  co_return true;
}

Task<int> MemoryCatalog::forget_idempotency(int limit) {
  int forgotten = 0;
  for (auto entry = idempotency_.begin(); entry != idempotency_.end() && forgotten < limit;) {
    if (entry->second.kept_until <= clock_.now()) {
      entry = idempotency_.erase(entry);
      ++forgotten;
    } else {
      ++entry;
    }
  }
  co_return forgotten;
}

bool MemoryCatalog::claimable(const NodeId& node, const std::string& drainer) const {
  const Drain& drain = drains_.at(node);
  return drain.until <= clock_.now() || drain.drainer == drainer;
}

Task<std::vector<OutboxRow>> MemoryCatalog::claim_outbox(std::string drainer, int limit, Millis claim_for) {
  std::vector<OutboxRow> claimed;
  for (const auto& [number, row] : outbox_) {
    if (std::ssize(claimed) == limit) break;
    if (claimable(row.event.node, drainer)) claimed.push_back(row);
  }
  for (const OutboxRow& row : claimed) drains_.at(row.event.node) = Drain{drainer, clock_.now() + claim_for};
  co_return claimed;
}

void MemoryCatalog::erase_row(std::int64_t row) {
  const auto found = outbox_.find(row);
  if (found == outbox_.end()) return;
  const NodeId node = found->second.event.node;
  outbox_.erase(found);
  const bool more = std::ranges::any_of(outbox_,
                                        [&](const auto& entry) { return entry.second.event.node == node; });
  if (!more) drains_.erase(node);
}

Task<void> MemoryCatalog::mark_published(std::vector<std::int64_t> rows) {
  for (const std::int64_t row : rows) erase_row(row);
  co_return;
}

Task<void> MemoryCatalog::release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                                         std::int64_t failed_row) {
  for (const NodeId& node : nodes) {
    const auto drain = drains_.find(node);
    if (drain == drains_.end() || drain->second.drainer != drainer) continue;
    drain->second = Drain{"", clock_.now() + delay};
  }
  const auto failed = outbox_.find(failed_row);
  if (failed != outbox_.end()) failed->second.tries += 1;
  co_return;
}

Task<std::optional<OutboxRow>> MemoryCatalog::skip_outbox(std::string event_id) {
  const auto found = std::ranges::find_if(
      outbox_, [&](const auto& entry) { return entry.second.event_id == event_id; });
  if (found == outbox_.end()) co_return std::nullopt;
  const OutboxRow row = found->second;
  Drain& drain = drains_.at(row.event.node);
  if (drain.drainer.empty()) drain.until = std::min(drain.until, clock_.now());  // what it waited for is gone
  erase_row(row.row);
  co_return row;
}

Task<std::vector<OutboxRow>> MemoryCatalog::peek_outbox(int limit) {
  std::vector<OutboxRow> rows;
  for (const auto& [number, row] : outbox_) {
    if (std::ssize(rows) < limit) rows.push_back(row);
  }
  co_return rows;
}

Task<OutboxState> MemoryCatalog::outbox_state() {
  OutboxState state;
  state.waiting = std::ssize(outbox_);
  if (!outbox_.empty()) state.oldest = outbox_.begin()->second.timestamp;
  state.now = clock_.now();
  co_return state;
}

}  // namespace longshore
