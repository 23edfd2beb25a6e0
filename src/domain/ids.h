#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace longshore {

using NodeId = StrongString<struct NodeIdTag>;      // [0-9a-z-]{8,64}, global: what stays
using UploadId = StrongString<struct UploadIdTag>;  // NodeId, or NodeId ".2", ".3", ...: one operation on a
                                                    // node
using ConnectorId = StrongString<struct ConnectorIdTag>;  // [A-Za-z0-9][A-Za-z0-9._-]{0,63}: who owns nodes
using DriveName = StrongString<struct DriveNameTag>;      // [a-z0-9]{1,32}: a configured store
using ObjectKey = StrongString<struct ObjectKeyTag>;  // at most 1,024 bytes of UTF-8 (S3 "Object key names")
using ETag = StrongString<struct ETagTag>;            // opaque, as the store wrote it, without quotes
using AttemptId = StrongString<struct AttemptIdTag>;  // random hex: one try at a part or at a completion
using UploadToken = StrongString<struct UploadTokenTag>;  // random hex in the object's metadata: proves that
                                                          // it is ours

using ChunkIndex = StrongNumber<struct ChunkIndexTag, std::int32_t>;  // from 0, our APIs
using PartNumber = StrongNumber<struct PartNumberTag, std::int32_t>;  // from 1, S3

constexpr PartNumber part_of(ChunkIndex c) { return PartNumber{c.value() + 1}; }
constexpr ChunkIndex chunk_of(PartNumber p) { return ChunkIndex{p.value() - 1}; }

/// An unfinished upload at a store, as its adapter calls it: the store's own id, opaque, and behind a blank,
/// where the adapter needs any, the terms that the upload was created on. Lists show ids alone, so one id is
/// one upload, whatever its terms.
class StoreUploadId : public StrongString<struct StoreUploadTag> {
 public:
  using StrongString::StrongString;
  /// The id holds no blank. Empty terms: none.
  StoreUploadId(std::string_view id, std::string_view terms);

  [[nodiscard]] std::string_view id() const;
  [[nodiscard]] std::string_view terms() const;

  friend auto operator<=>(const StoreUploadId& a, const StoreUploadId& b) { return a.id() <=> b.id(); }
  friend bool operator==(const StoreUploadId& a, const StoreUploadId& b) { return a.id() == b.id(); }
};

bool is_node_id(std::string_view text);
bool is_upload_id(std::string_view text);
bool is_connector_id(std::string_view text);
bool is_drive_name(std::string_view text);

/// The node an upload id belongs to ("ab...cd.3" -> "ab...cd"); the id must be well-formed.
NodeId node_of(const UploadId& upload);
/// The id of a node's n-th operation: the node id itself for n = 1, else "{node}.{n}".
UploadId upload_id_of(const NodeId& node, std::int64_t n);

/// The node id of a by-name upload: UUIDv5 of the JSON array [drive, connector_id, path, name]
/// (docs/formats/ids.md).
NodeId node_id_by_name(const DriveName& drive, const ConnectorId& connector, std::string_view path,
                       std::string_view name);

}  // namespace longshore
