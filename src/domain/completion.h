#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "domain/ledger.h"
#include "domain/operation.h"

/// Whether an upload's parts make the object that the client meant. Pure.
namespace longshore {

/// What a completion was asked to check, in a request or beforehand at initiate.
struct CompletionWish {
  std::optional<std::int32_t> total_chunks;
  std::optional<std::int64_t> size;
  std::optional<std::uint32_t> crc32c;
};

struct PartsMissing {
  std::vector<ChunkRange> ranges;
};
struct ObjectEmpty {};  // an object of no bytes: S3 makes none out of parts
struct PlannedPart {
  ChunkIndex chunk;
  Receipt receipt;
};
struct PartsWhole {
  std::vector<PlannedPart> parts;  // 0..last, ascending
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;  // of the whole, combined from the parts'; absent where one is not
                                        // known
};
using CompletionDecision = std::variant<PartsMissing, ObjectEmpty, PartsWhole>;

/// Throws Error: chunk_conflict (total_chunks contradicts what is there), out_of_limits, size_mismatch,
/// digest_mismatch, checksum_unknown (with the chunks to send again). `object_bytes_max` is the store's.
CompletionDecision decide_completion(const LedgerSnapshot& ledger, const CompletionWish& wish,
                                     std::int64_t object_bytes_max);

}  // namespace longshore
