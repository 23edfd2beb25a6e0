#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/units.h"

namespace longshore {

/// What a drive's store takes. Defaults: S3's own ("Amazon S3 multipart upload limits").
struct StoreLimits {
  std::int64_t part_bytes_min = 5 * MiB;  // for every part but the last
  std::int64_t part_bytes_max = 5 * GiB;
  std::int32_t parts_max = 10'000;
  std::int64_t object_bytes_max = 5 * TiB;
  std::int64_t single_put_threshold = 100 * MiB;      // up to here one PutObject
  std::int64_t part_bytes_unknown_length = 16 * MiB;  // a part of a body of unknown length: held in memory
  bool equal_parts = false;                           // every part but the last must have one size
};

/// What clients may do at once, however patient the store is.
struct UploadPolicy {
  std::int32_t parts_in_flight_per_upload = 10;
  std::int64_t uploads_open_max = 100'000;  // a connector
  Millis idle = std::chrono::hours{24};     // without a byte
  Millis lifetime = std::chrono::hours{6 * 24};
  Millis orphan_age = std::chrono::hours{24};  // how long something late may still arrive at the store
  bool sha256_in_background = false;  // objects whose bytes did not pass in order are read back for it
  Millis retention = std::chrono::hours{90 * 24};  // of ended rows
};

/// The part size to advise for an object of this size (100 MiB, as the seed has it, or more where parts_max
/// asks for it), never beyond the store's limits, and below `unary_message_max` (0: no such limit) where the
/// size allows. Throws out_of_limits if no part size reaches `expected_size`.
std::int64_t recommended_part_bytes(std::optional<std::int64_t> expected_size, const StoreLimits& limits,
                                    std::int64_t unary_message_max = 0);

/// The largest object that the store's limits allow at all.
std::int64_t object_bytes_reachable(const StoreLimits& limits);

/// Checks an announced geometry against the store's limits; throws out_of_limits naming the field and the
/// limit.
void check_geometry(std::optional<std::int64_t> expected_size, std::optional<std::int64_t> chunk_size,
                    const StoreLimits& limits);

// Bounds on what a client names, the same for every protocol.
inline constexpr std::size_t kNameBytesMax = 1024;
inline constexpr std::size_t kPathBytesMax = 2048;
inline constexpr std::size_t kMetadataBytesMax = 2048;  // keys and values together: S3's own limit for user
                                                        // metadata
inline constexpr std::size_t kTagsMax = 10;  // S3 "Object tagging": ten tags, keys of 128 and values of 256
                                             // characters
inline constexpr std::size_t kTagKeyBytesMax = 128;
inline constexpr std::size_t kTagValueBytesMax = 256;
inline constexpr std::size_t kHeaderValueBytesMax = 512;  // mime type, disposition, cache control, storage
                                                          // class
inline constexpr std::size_t kIdempotencyKeyBytesMax = 256;
inline constexpr std::size_t kReasonBytesMax = 512;
inline constexpr Millis kIdempotencyKept = std::chrono::hours{7 * 24};

}  // namespace longshore
