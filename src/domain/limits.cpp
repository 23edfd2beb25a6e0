#include "domain/limits.h"

#include <algorithm>
#include <limits>
#include <string>

#include "domain/error.h"

namespace longshore {
namespace {

constexpr std::int64_t kPreferredPartBytes = 100 * MiB;

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace

std::int64_t object_bytes_reachable(const StoreLimits& limits) {
  const bool fits = limits.part_bytes_max <= std::numeric_limits<std::int64_t>::max() / limits.parts_max;
  return fits ? std::min(limits.object_bytes_max, limits.part_bytes_max * limits.parts_max)
              : limits.object_bytes_max;
}

std::int64_t recommended_part_bytes(std::optional<std::int64_t> expected_size, const StoreLimits& limits,
                                    std::int64_t unary_message_max) {
  std::int64_t preferred = kPreferredPartBytes;
  if (unary_message_max > 0) {  // room for the message's other fields: whole MiB below the limit
    const std::int64_t unary = std::max(std::int64_t{1}, (unary_message_max - 1) / MiB) * MiB;
    preferred = std::min(preferred, unary);
  }
  preferred = std::clamp(preferred, limits.part_bytes_min, limits.part_bytes_max);
  if (!expected_size) return preferred;
  check_geometry(expected_size, std::nullopt, limits);
  return std::max(preferred, divide_up(*expected_size, limits.parts_max));
}

void check_geometry(std::optional<std::int64_t> expected_size, std::optional<std::int64_t> chunk_size,
                    const StoreLimits& limits) {
  if (expected_size && *expected_size < 0)
    throw invalid_field("expected_size",
                        "expected_size is negative; give the size in bytes, or leave it out");
  const std::int64_t reachable = object_bytes_reachable(limits);
  if (expected_size && *expected_size > reachable)
    throw out_of_limits("expected_size", reachable,
                        "expected_size is beyond the largest object of this drive, " +
                            std::to_string(reachable) + " bytes; use a drive with higher limits");
  if (!chunk_size) return;
  if (*chunk_size <= 0)
    throw invalid_field("chunk_size", "chunk_size must be above 0; leave it out for free sizes");
  if (*chunk_size > limits.part_bytes_max)
    throw out_of_limits("chunk_size", limits.part_bytes_max,
                        "chunk_size is beyond this drive's largest chunk, " +
                            std::to_string(limits.part_bytes_max) +
                            " bytes; GET /v1/limits tells a good one");
  const bool one_chunk = expected_size && *expected_size <= *chunk_size;
  if (*chunk_size < limits.part_bytes_min && !one_chunk)
    throw out_of_limits("chunk_size", limits.part_bytes_min,
                        "chunk_size is below this drive's smallest chunk, " +
                            std::to_string(limits.part_bytes_min) +
                            " bytes; only the last chunk may be smaller");
  if (expected_size && divide_up(*expected_size, *chunk_size) > limits.parts_max)
    throw out_of_limits("chunk_size", limits.parts_max,
                        "expected_size would take more than " + std::to_string(limits.parts_max) +
                            " chunks of this chunk_size; use chunks of at least " +
                            std::to_string(divide_up(*expected_size, limits.parts_max)) + " bytes");
}

}  // namespace longshore
