// The lists of the catalog: pages by position, each from an index in its order, so that a page costs what it
// shows; one of filtered nodes costs what it looks at, which is bounded, so that it may come short.

#include <algorithm>
#include <limits>

#include "catalog/page_token.h"
#include "catalog/postgres/catalog_rows.h"
#include "catalog/postgres/postgres_catalog.h"

namespace longshore::postgres {
namespace {

constexpr const char* kAboveAllIds = "~";  // no id has a character so high
constexpr std::int64_t kAboveAllPlaces = std::numeric_limits<std::int64_t>::max();

int page_rows(int page_size) { return std::clamp(page_size, 1, PostgresCatalog::kPageMax); }

std::vector<std::string> words_of(const std::vector<OperationState>& states) {
  using enum OperationState;
  static const std::vector<OperationState> kAll{open, completing, completed, failed, cancelled, expired};
  std::vector<std::string> words;
  for (const OperationState state : states.empty() ? kAll : states) words.emplace_back(to_string(state));
  return words;
}

UploadPage uploads(Session& db, const UploadQuery& query, const UploadPosition& after) {
  // One state's rows are in order already, from an index; the first page of all is among the first pages of
  // each.
  static const std::string kBegin =
      "SELECT o.* FROM (SELECT DISTINCT unnest($1::text[]) COLLATE \"C\") s (state) CROSS JOIN LATERAL "
      "(SELECT " +
      kOperationColumns + " FROM operations o WHERE o.state = s.state";
  static const std::string kEnd =
      " AND (o.created_at, o.id) > ($2, $3) AND o.created_at < $4 ORDER BY o.created_at, o.id LIMIT $5) o"
      " ORDER BY o.created_at, o.id LIMIT $5";
  static const std::string kOfAll = kBegin + kEnd;
  static const std::string kOfConnector = kBegin + " AND o.connector = $6" + kEnd;

  const int size = page_rows(query.page_size);
  const std::vector<std::string> states = words_of(query.states);
  const Time before = query.created_before.value_or(Time::max());
  const Rows rows = query.connector.empty()
                        ? db.query(kOfAll, states, after.created_at, after.id, before, size + 1)
                        : db.query(kOfConnector, states, after.created_at, after.id, before, size + 1,
                                   query.connector);
  UploadPage page;
  for (int i = 0; i < std::min(rows.size(), size); ++i) page.uploads.push_back(operation_from(rows.at(i)));
  if (rows.size() > size)
    page.next_page_token = page_token(UploadPosition{page.uploads.back().created_at, page.uploads.back().id});
  return page;
}

bool is_filtered(const NodeQuery& query) {
  return !query.drive.empty() || !query.path_prefix.empty() || query.state.has_value();
}

/// The last node that a page may look at; nullopt: the list ends before. Only an index is read.
std::optional<NodeId> end_of_look(Session& db, const NodeQuery& query, const NodeId& after) {
  constexpr int kSkipped = PostgresCatalog::kLookedAtMax - 1;
  const Rows last =
      query.connector.empty()
          ? db.query("SELECT id FROM nodes WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2", after, kSkipped)
          : db.query("SELECT id FROM nodes WHERE connector = $3 AND id > $1 ORDER BY id LIMIT 1 OFFSET $2",
                     after, kSkipped, query.connector);
  if (last.empty()) return std::nullopt;
  return last.at(0).get<NodeId>(0);
}

NodePage nodes(Session& db, const NodeQuery& query, const NodeId& after) {
  static const std::string kBegin =
      "SELECT " + kNodeColumns +
      " FROM nodes n WHERE n.id > $1 AND n.id <= $2 AND ($3 = '' OR n.drive = $3)"
      " AND ($4 = '' OR n.state = $4)"
      " AND substring(n.path FROM 1 FOR length($5::bytea)) = $5";
  static const std::string kEnd = " ORDER BY n.id LIMIT $6";
  static const std::string kOfAll = kBegin + kEnd;
  static const std::string kOfConnector = kBegin + " AND n.connector = $7" + kEnd;

  const int size = page_rows(query.page_size);
  const std::string_view state = query.state ? to_string(*query.state) : std::string_view();
  const Binary prefix{query.path_prefix};
  std::optional<NodeId> end;
  if (is_filtered(query)) end = end_of_look(db, query, after);
  const NodeId until = end.value_or(NodeId{kAboveAllIds});
  const Rows rows = query.connector.empty()
                        ? db.query(kOfAll, after, until, query.drive, state, prefix, size + 1)
                        : db.query(kOfConnector, after, until, query.drive, state, prefix, size + 1,
                                   query.connector);
  NodePage page;
  for (int i = 0; i < std::min(rows.size(), size); ++i) page.nodes.push_back(node_from(rows.at(i)));
  if (rows.size() > size)
    page.next_page_token = page_token(page.nodes.back().id);
  else if (end)
    page.next_page_token = page_token(*end);
  return page;
}

OperationPage operations(Session& db, const OperationQuery& query, OperationPosition before) {
  static const std::string kSql = "SELECT " + kOperationColumns +
                                  ", o.place FROM operations o WHERE o.node = $1 AND o.place < $2"
                                  " ORDER BY o.place DESC LIMIT $3";
  const int size = page_rows(query.page_size);
  const Rows rows = db.query(kSql, query.node, before.row, size + 1);
  OperationPage page;
  for (int i = 0; i < std::min(rows.size(), size); ++i) page.operations.push_back(operation_from(rows.at(i)));
  if (rows.size() > size) {
    page.next_page_token = page_token(
        OperationPosition{rows.at(size - 1).get<std::int64_t>(kOperationColumnCount)});
  }
  return page;
}

}  // namespace

Task<std::int64_t> PostgresCatalog::count_open(ConnectorId connector, std::int64_t up_to) {
  co_return co_await pool_.autocommit([&](Session& db) {
    const Rows counted = db.query(
        "SELECT coalesce(sum(count), 0)::bigint FROM open_operations WHERE connector = $1", connector);
    return std::min(counted.at(0).get<std::int64_t>(0), up_to);
  });
}

Task<UploadPage> PostgresCatalog::list_uploads(UploadQuery query) {
  const UploadPosition after = query.page_token.empty() ? UploadPosition{Time::min(), UploadId{}}
                                                        : upload_position(query.page_token);
  co_return co_await pool_.autocommit([&](Session& db) { return uploads(db, query, after); });
}

Task<NodePage> PostgresCatalog::list_nodes(NodeQuery query) {
  const NodeId after = query.page_token.empty() ? NodeId{} : node_position(query.page_token);
  co_return co_await pool_.autocommit([&](Session& db) { return nodes(db, query, after); });
}

Task<OperationPage> PostgresCatalog::operations_of(OperationQuery query) {
  const OperationPosition before = query.page_token.empty() ? OperationPosition{kAboveAllPlaces}
                                                            : operation_position(query.page_token);
  co_return co_await pool_.autocommit([&](Session& db) { return operations(db, query, before); });
}

}  // namespace longshore::postgres
