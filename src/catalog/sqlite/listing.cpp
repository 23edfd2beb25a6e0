// The lists of the catalog: pages by position, each from an index in its order, so that a page costs what it
// shows; one of filtered nodes costs what it looks at, which is bounded, so that it may come short.

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <tuple>

#include "catalog/page_token.h"
#include "catalog/sqlite/catalog_rows.h"
#include "catalog/sqlite/sqlite_catalog.h"

namespace longshore::sqlite {
namespace {

constexpr std::array kAllStates{OperationState::open,   OperationState::completing, OperationState::completed,
                                OperationState::failed, OperationState::cancelled,  OperationState::expired};

constexpr const char* kAboveAllIds = "~";  // no id has a character so high
constexpr std::int64_t kAboveAllRows = std::numeric_limits<std::int64_t>::max();

int page_rows(int page_size) { return std::clamp(page_size, 1, SqliteCatalog::kPageMax); }

/// Appends the first `count` uploads of one state.
void append_uploads(Database& db, const UploadQuery& query, OperationState state, const UploadPosition& after,
                    int count, std::vector<Operation>& out) {
  static const std::string kSelect = "SELECT " + std::string(kOperationColumns) + " FROM operations o WHERE ";
  static const std::string kPage =
      "o.state = ?1 AND (o.created_at, o.id) > (?2, ?3) AND o.created_at < ?4 ORDER BY o.created_at, o.id "
      "LIMIT ?5";
  static const std::string kOfAll = kSelect + kPage;
  static const std::string kOfConnector = kSelect + "o.connector = ?6 AND " + kPage;

  const Time before = query.created_before.value_or(Time::max());
  Statement rows = query.connector.empty()
                       ? db.query(kOfAll, to_string(state), after.created_at, after.id, before, count)
                       : db.query(kOfConnector, to_string(state), after.created_at, after.id, before, count,
                                  query.connector);
  while (rows.step()) out.push_back(operation_from(rows));
}

UploadPage uploads(Database& db, const UploadQuery& query, const UploadPosition& after) {
  const int size = page_rows(query.page_size);
  std::vector<OperationState> states = query.states;
  if (states.empty()) states.assign(kAllStates.begin(), kAllStates.end());
  std::ranges::sort(states);
  states.erase(std::ranges::unique(states).begin(), states.end());

  // One state's rows are in order already, from an index; the first page of all is among the first pages of
  // each.
  UploadPage page;
  for (const OperationState state : states) append_uploads(db, query, state, after, size + 1, page.uploads);
  std::ranges::sort(page.uploads, {}, [](const Operation& o) { return std::tie(o.created_at, o.id); });
  if (std::ssize(page.uploads) > size) {
    page.uploads.resize(static_cast<std::size_t>(size));
    page.next_page_token = page_token(UploadPosition{page.uploads.back().created_at, page.uploads.back().id});
  }
  return page;
}

bool is_filtered(const NodeQuery& query) {
  return !query.drive.empty() || !query.path_prefix.empty() || query.state.has_value();
}

/// The last node that a page may look at; nullopt: the list ends before. Only an index is read.
std::optional<NodeId> end_of_look(Database& db, const NodeQuery& query, const NodeId& after) {
  constexpr int kSkipped = SqliteCatalog::kLookedAtMax - 1;
  Statement last =
      query.connector.empty()
          ? db.query("SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", after, kSkipped)
          : db.query("SELECT id FROM nodes WHERE connector = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ?",
                     query.connector, after, kSkipped);
  if (!last.step()) return std::nullopt;
  return last.get<NodeId>(0);
}

NodePage nodes(Database& db, const NodeQuery& query, const NodeId& after) {
  static const std::string kSelect = "SELECT " + std::string(kNodeColumns) + " FROM nodes n WHERE ";
  static const std::string kPage =
      "n.id > ?1 AND n.id <= ?2 AND (?3 = '' OR n.drive = ?3) AND (?4 = '' OR n.state = ?4)"
      " AND substr(n.path, 1, length(?5)) = ?5 ORDER BY n.id LIMIT ?6";
  static const std::string kOfAll = kSelect + kPage;
  static const std::string kOfConnector = kSelect + "n.connector = ?7 AND " + kPage;

  const int size = page_rows(query.page_size);
  const std::string_view state = query.state ? to_string(*query.state) : std::string_view();
  std::optional<NodeId> end;
  if (is_filtered(query)) end = end_of_look(db, query, after);
  const NodeId until = end.value_or(NodeId{kAboveAllIds});
  Statement rows = query.connector.empty()
                       ? db.query(kOfAll, after, until, query.drive, state, query.path_prefix, size + 1)
                       : db.query(kOfConnector, after, until, query.drive, state, query.path_prefix, size + 1,
                                  query.connector);
  NodePage page;
  while (rows.step()) page.nodes.push_back(node_from(rows));
  if (std::ssize(page.nodes) > size) {
    page.nodes.resize(static_cast<std::size_t>(size));
    page.next_page_token = page_token(page.nodes.back().id);
  } else if (end) {
    page.next_page_token = page_token(*end);
  }
  return page;
}

OperationPage operations(Database& db, const OperationQuery& query, OperationPosition before) {
  static const std::string kSql = "SELECT " + std::string(kOperationColumns) +
                                  ", o.row FROM operations o WHERE o.node = ? AND o.row < ?"
                                  " ORDER BY o.row DESC LIMIT ?";
  const int size = page_rows(query.page_size);
  OperationPage page;
  std::int64_t last = 0;
  for (Statement rows = db.query(kSql, query.node, before.row, size + 1); rows.step();) {
    if (std::ssize(page.operations) == size) {
      page.next_page_token = page_token(OperationPosition{last});
      break;
    }
    page.operations.push_back(operation_from(rows));
    last = rows.get<std::int64_t>(kOperationColumnCount);
  }
  return page;
}

}  // namespace

Task<std::int64_t> SqliteCatalog::count_open(ConnectorId connector, std::int64_t up_to) {
  co_return co_await store_.read([&](Database& db) {
    Statement counted = db.query("SELECT count FROM open_operations WHERE connector = ?", connector);
    return counted.step() ? std::min(counted.get<std::int64_t>(0), up_to) : 0;
  });
}

Task<UploadPage> SqliteCatalog::list_uploads(UploadQuery query) {
  const UploadPosition after = query.page_token.empty() ? UploadPosition{Time::min(), UploadId{}}
                                                        : upload_position(query.page_token);
  co_return co_await store_.read_long([&](Database& db) { return uploads(db, query, after); });
}

Task<NodePage> SqliteCatalog::list_nodes(NodeQuery query) {
  const NodeId after = query.page_token.empty() ? NodeId{} : node_position(query.page_token);
  co_return co_await store_.read_long([&](Database& db) { return nodes(db, query, after); });
}

Task<OperationPage> SqliteCatalog::operations_of(OperationQuery query) {
  const OperationPosition before = query.page_token.empty() ? OperationPosition{kAboveAllRows}
                                                            : operation_position(query.page_token);
  co_return co_await store_.read_long([&](Database& db) { return operations(db, query, before); });
}

}  // namespace longshore::sqlite
