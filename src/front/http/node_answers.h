#pragma once

#include "front/http/exchange.h"

/// What several handlers answer with.
namespace longshore::http {

/// The bytes of a node, of the given version or (empty) the current one: GET and HEAD, with Range and
/// conditions.
Task<void> send_content(Exchange& exchange, NodeId node, UploadId version);

/// The strong entity tag of a stored object: its ETag in quotes.
std::string entity_tag(const StoredObject& object);

}  // namespace longshore::http
