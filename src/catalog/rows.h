#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalog/codec.h"
#include "domain/error.h"
#include "ports/catalog.h"

namespace longshore::catalog_rows {

/// Rows of the catalog's tables as structs, for every database: `row.get<T>(i)` is the value of column i, and
/// `Body` what a body's column holds, a std::string or something with one in `bytes`. Throw Error(internal)
/// if they are not as the format says.

template <class State>
State known_state(const std::optional<State>& state) {
  if (!state)
    throw Error(Reason::internal, "a row of the catalog cannot be read: its state is not one of the words");
  return *state;
}

inline const std::string& text_of(const std::string& body) { return body; }
inline const std::string& text_of(const auto& body) { return body.bytes; }

/// Of the columns id, node, connector, state, revision, created_at, look_again_at, body, from `from` on.
template <class Body, class Row>
Operation operation_from(const Row& row, int from) {
  Operation operation;
  operation.id = row.template get<UploadId>(from);
  operation.node = row.template get<NodeId>(from + 1);
  operation.connector = row.template get<ConnectorId>(from + 2);
  operation.state = known_state(operation_state_of(row.template get<std::string>(from + 3)));
  operation.revision = row.template get<std::int64_t>(from + 4);
  operation.created_at = row.template get<Time>(from + 5);
  operation.look_again_at = row.template get<std::optional<Time>>(from + 6);
  read_body(text_of(row.template get<Body>(from + 7)), operation);
  return operation;
}

/// Of the columns id, connector, drive, state, revision, body, from `from` on.
template <class Body, class Row>
Node node_from(const Row& row, int from) {
  Node node;
  node.id = row.template get<NodeId>(from);
  node.connector = row.template get<ConnectorId>(from + 1);
  node.drive = row.template get<DriveName>(from + 2);
  node.state = known_state(node_state_of(row.template get<std::string>(from + 3)));
  node.revision = row.template get<std::int64_t>(from + 4);
  read_body(text_of(row.template get<Body>(from + 5)), node);
  return node;
}

/// Of the columns row, node, event_id, sequence, timestamp, tries, body.
template <class Body, class Row>
OutboxRow outbox_row_from(const Row& row) {
  OutboxRow out;
  out.row = row.template get<std::int64_t>(0);
  out.event.node = row.template get<NodeId>(1);
  out.event_id = row.template get<std::string>(2);
  out.sequence = row.template get<std::int64_t>(3);
  out.timestamp = row.template get<Time>(4);
  out.tries = row.template get<std::int32_t>(5);
  read_body(text_of(row.template get<Body>(6)), out.event);
  return out;
}

}  // namespace longshore::catalog_rows
