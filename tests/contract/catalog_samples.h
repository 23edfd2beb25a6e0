#pragma once

#include <cstdint>
#include <string>

#include "domain/event.h"
#include "domain/operation.h"

namespace longshore {

/// "node-000000042"
NodeId sample_node_id(int number);

/// A node and operations of it as an initiate would make them, of connector "cli", drive "default", path
/// "in/box".
Node sample_node(int number);
Operation sample_operation(int node, std::int64_t n, Time created_at);
/// The same, ended.
Operation ended_operation(int node, std::int64_t n, Time created_at);
EventDraft sample_event(int node, EventType type);

/// Each field has a value that is not its default.
Operation full_operation(int node);
Node full_node(int node);
EventDraft full_event(int node);

}  // namespace longshore
