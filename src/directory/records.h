#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ports/object_store.h"

namespace longshore::directory {

// The JSON files of a folder store (docs/formats/folder-store.md). Pure.

/// What stands beside an object. It belongs to the data file whose length and time of change it names: so an
/// object and its metadata are replaced together although they are two files.
struct ObjectRecord {
  ObjectKey key;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;  // of the data file, since 1970
  ETag etag;
  std::optional<std::uint32_t> crc32c;
  ObjectHeaders headers;
};
std::string to_json(const ObjectRecord& record);
/// nullopt: torn or not ours.
std::optional<ObjectRecord> object_record_of(std::string_view json);

/// Which of an object's two records tells of the data file at hand: the exact one; else, where no replacement
/// was under way, the one of the same length (a restored backup may have lost times).
const ObjectRecord* record_for(std::int64_t size, std::int64_t modified_ns,
                               const std::optional<ObjectRecord>& current,
                               const std::optional<ObjectRecord>& next);

/// upload.json: what was asked for when the upload was created.
std::string to_json(const CreateUpload& request);
std::optional<CreateUpload> create_upload_of(std::string_view json);

}  // namespace longshore::directory
