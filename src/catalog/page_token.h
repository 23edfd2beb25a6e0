#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/ids.h"

namespace longshore {

/// Where a list of uploads goes on: after this one, in the order of creation, then of ids.
struct UploadPosition {
  Time created_at{};
  UploadId id;
  bool operator==(const UploadPosition&) const = default;
};

/// Where a list of a node's operations goes on: before this one, in the order of insertion.
struct OperationPosition {
  std::int64_t row = 0;
  bool operator==(const OperationPosition&) const = default;
};

/// Page tokens: opaque for clients, a position for us (docs/formats/catalog.md). Whoever makes one up gets no
/// more than a list that begins elsewhere, so they are not signed, but checked to the last character: a
/// damaged one never skips rows unnoticed.
std::string page_token(const UploadPosition& after);
std::string page_token(const NodeId& after);
std::string page_token(OperationPosition before);
/// Throw Error(invalid_request), field page_token.
UploadPosition upload_position(std::string_view token);
NodeId node_position(std::string_view token);
OperationPosition operation_position(std::string_view token);

}  // namespace longshore
