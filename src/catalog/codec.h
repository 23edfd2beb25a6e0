#pragma once

#include <string>
#include <string_view>

#include "domain/event.h"
#include "domain/operation.h"

namespace longshore {

/// What a row of the catalog holds beside its columns: a JSON object, the same for every catalog
/// (docs/formats/catalog.md). A field with its default value is left out; one that is not known is passed
/// over, so that a newer release's rows can be read. The read functions fill in the fields of the body, and
/// leave those that are columns; they throw Error(internal) if the body is not as the format says.

// Columns of an operation: id, node, connector, revision, state, created_at, look_again_at.
std::string write_body(const Operation& operation);
void read_body(std::string_view body, Operation& operation);

// Columns of a node: id, connector, drive, revision, state.
std::string write_body(const Node& node);
void read_body(std::string_view body, Node& node);

// Columns of an event: node.
std::string write_body(const EventDraft& event);
void read_body(std::string_view body, EventDraft& event);

}  // namespace longshore
