#pragma once

#include <string>

#include "domain/ids.h"

namespace longshore::directory {

// Where things lie beneath the root of a folder store (docs/formats/folder-store.md). Pure.

inline constexpr const char* kObjectsFolder = "objects";
inline constexpr const char* kMetadataFolder = "metadata";
inline constexpr const char* kStagingFolder = "staging";

/// "objects/" and the key, each segment a name of its own; one beyond 240 bytes becomes several: pieces of
/// 240 bytes with a "+" behind each but the last. Names of 241 bytes are made in no other way, so two keys
/// never share a path. Throws store_refused, store_code InvalidKey: not UTF-8, a NUL, an empty segment, "."
/// or "..", above 1,024 bytes.
std::string object_path(const ObjectKey& key);

/// The object's metadata, and those of the object that is about to take its place: "metadata/3f/{sha256 of
/// the key}.json", ".next".
struct RecordPaths {
  std::string current;
  std::string next;
};
RecordPaths record_paths(const ObjectKey& key);

}  // namespace longshore::directory
