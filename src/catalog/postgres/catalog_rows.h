#pragma once

#include <cstdint>
#include <string>

#include "ports/catalog.h"
#include "postgres/connection.h"

namespace longshore::postgres {

/// Rows of the catalog's tables as structs, and back. Each function runs inside the caller's transaction.

/// The columns that operation_from and node_from read, for a SELECT from `operations o` and `nodes n`.
inline const std::string kOperationColumns =
    "o.id, o.node, o.connector, o.state, o.revision, o.created_at, o.look_again_at, o.body";
inline const std::string kNodeColumns = "n.id, n.connector, n.drive, n.state, n.revision, n.body";
inline constexpr int kOperationColumnCount = 8;
inline constexpr int kNodeColumnCount = 6;

/// The row's columns from `from` on. Throw Error(internal) if they are not as the format says.
Operation operation_from(const Row& row, int from = 0);
Node node_from(const Row& row, int from = 0);

/// Compare and write: false if the row's revision is not the expected one; then the transaction is to be
/// undone. An operation of a node that is not there: Error(internal).
[[nodiscard]] bool write(Session& db, const OperationWrite& write);
[[nodiscard]] bool write(Session& db, const NodeWrite& write);

/// Appends an event to its node's outbox: the node's next number, and a time later than its last one.
/// Throws Error(internal) if there is no such node.
void append_event(Session& db, const EventDraft& event);

}  // namespace longshore::postgres
