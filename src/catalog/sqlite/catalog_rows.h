#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ports/catalog.h"
#include "sqlite/database.h"

namespace longshore::sqlite {

/// Rows of the catalog's tables as structs, and back. Each function runs inside the caller's transaction.

/// The columns that operation_from and node_from read, for a SELECT from `operations o` and `nodes n`.
inline constexpr std::string_view kOperationColumns =
    "o.id, o.node, o.connector, o.state, o.revision, o.created_at, o.look_again_at, o.body";
inline constexpr std::string_view kNodeColumns = "n.id, n.connector, n.drive, n.state, n.revision, n.body";
inline constexpr int kOperationColumnCount = 8;

/// The row's columns from `from` on. Throw Error(internal) if they are not as the format says.
Operation operation_from(const Statement& row, int from = 0);
Node node_from(const Statement& row, int from = 0);

/// The revision that the row has; 0: there is none.
std::int64_t revision_of(Database& db, const UploadId& upload);
std::int64_t revision_of(Database& db, const NodeId& node);
/// Write a row whose revision has been compared: inserted if expected_revision is 0.
void write(Database& db, const OperationWrite& write);
void write(Database& db, const NodeWrite& write);

/// Appends an event to its node's outbox: the node's next number, and a time later than its last one.
/// Throws Error(internal) if there is no such node.
void append_event(Database& db, const EventDraft& event, Time now);

}  // namespace longshore::sqlite
