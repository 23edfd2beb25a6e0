#include "domain/completion.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/hash.h"
#include "domain/error.h"

namespace longshore {
namespace {

void check_total(const LedgerSnapshot& ledger, const CompletionWish& wish) {
  if (!wish.total_chunks) return;
  if (*wish.total_chunks < 0) throw invalid_field("total_chunks", "total_chunks must not be negative");
  if (*wish.total_chunks > ledger.info.parts_max)
    throw out_of_limits("total_chunks", ledger.info.parts_max,
                        "this drive takes at most " + std::to_string(ledger.info.parts_max) + " chunks");
  if (!wish.size) return;
  const std::int64_t least = std::max<std::int64_t>(
      1, ledger.info.chunk_size.value_or(ledger.info.part_bytes_min));
  const std::int64_t most = *wish.size / least + (*wish.size % least != 0 ? 1 : 0);
  if (*wish.total_chunks > most)
    throw out_of_limits("total_chunks", most,
                        "total_chunks is " + std::to_string(*wish.total_chunks) + ", but expected_size, " +
                            std::to_string(*wish.size) + " bytes, is " + std::to_string(most) +
                            " chunks at most; leave total_chunks out, or cancel the upload");
}

std::optional<ChunkIndex> last_of(const LedgerSnapshot& ledger, const CompletionWish& wish) {
  const std::optional<ChunkIndex> known = ledger.info.last;
  if (!wish.total_chunks || *wish.total_chunks == 0)
    return known ? known : last_by_sizes(ledger.info.chunk_size, wish.size);
  const ChunkIndex wished{*wish.total_chunks - 1};
  if (known && *known != wished)
    throw Error{Reason::chunk_conflict, "total_chunks is " + std::to_string(*wish.total_chunks) +
                                            ", but chunk " + std::to_string(known->value()) +
                                            " was sent as the last one"};
  return wished;
}

// An acknowledged chunk is not left out without a word. (A session may have missed that an earlier one was
// claimed to be the last.)
void check_beyond(const SessionInfo& info, const CompletionWish& wish, ChunkIndex end,
                  const std::vector<ChunkRange>& receipts) {
  if (receipts.empty() || receipts.back().last <= end || (!info.last && !wish.total_chunks)) return;
  const std::string sent = ", but chunk " + std::to_string(receipts.back().last.value()) + " has been sent";
  throw Error{Reason::chunk_conflict,
              info.last ? "chunk " + std::to_string(end.value()) + " was claimed to be the last one" + sent
                        : "total_chunks is " + std::to_string(*wish.total_chunks) + sent};
}

// A part that the store would refuse at completion, or that does not fit the fixed geometry: as good as
// missing.
bool has_wrong_size(const SessionInfo& info, ChunkIndex chunk, std::int64_t size, ChunkIndex last) {
  if (chunk == last) return size > info.chunk_size.value_or(info.part_bytes_max);
  return is_short(info, size) || size > info.chunk_size.value_or(info.part_bytes_max);
}

void check_sums(const PartsWhole& whole, const CompletionWish& wish, std::int64_t object_bytes_max) {
  if (whole.size > object_bytes_max)
    throw out_of_limits("size", object_bytes_max,
                        "the chunks together are larger than this drive's largest object");
  if (wish.size && *wish.size != whole.size)
    throw Error{Reason::size_mismatch, "the chunks sum to " + std::to_string(whole.size) +
                                           " bytes, expected_size is " + std::to_string(*wish.size) +
                                           "; send the wrong chunks again, or cancel the upload"};
  if (!wish.crc32c) return;
  std::vector<ChunkIndex> unknown;
  for (const PlannedPart& part : whole.parts)
    if (!part.receipt.crc32c) unknown.push_back(part.chunk);
  if (!unknown.empty())
    throw Error{Reason::checksum_unknown,
                "expected_crc32c cannot be checked: the checksums of some chunks were lost; "
                "send those chunks again, or complete without it",
                {.missing_chunks = ranges_of(unknown)}};
  if (whole.crc32c != wish.crc32c)
    throw Error{Reason::digest_mismatch, "the chunks together have the CRC32C " +
                                             crc32c_to_base64(*whole.crc32c) + ", expected_crc32c is " +
                                             crc32c_to_base64(*wish.crc32c) +
                                             "; send the wrong chunks again, or cancel the upload"};
}

}  // namespace

CompletionDecision decide_completion(const LedgerSnapshot& ledger, const CompletionWish& wish,
                                     std::int64_t object_bytes_max) {
  check_total(ledger, wish);
  const std::optional<ChunkIndex> last = last_of(ledger, wish);
  const LedgerSummary summary = summarize(ledger);
  const bool none = summary.received == 0 && !summary.attempts_running;
  const bool wished_empty = wish.total_chunks == 0 || (!wish.total_chunks && wish.size == 0);
  if (wished_empty && none && !last) {
    check_sums(PartsWhole{.crc32c = 0}, wish, object_bytes_max);
    return ObjectEmpty{};
  }
  if (wish.total_chunks == 0)
    throw Error{Reason::chunk_conflict, "total_chunks is 0, but chunks have been sent"};

  // What does not count is taken out first: chunks being sent anew, chunks of a wrong size.
  LedgerSnapshot usable = ledger;
  const auto receipts = received_chunks(ledger);
  const ChunkIndex end = last ? *last : receipts.empty() ? ChunkIndex{0} : receipts.back().last;
  std::vector<ChunkIndex> beyond;  // being sent, or cut off where nobody has said which one is the last
  for (auto& [chunk, entry] : usable.entries) {
    const bool running = entry.attempt && entry.attempt->until > ledger.now;
    if (running || (entry.receipt && has_wrong_size(ledger.info, chunk, entry.receipt->size, end)))
      entry.receipt.reset();
    if ((running || (entry.attempt && !last)) && chunk > end) beyond.push_back(chunk);
  }
  auto missing = missing_chunks(usable, end);
  std::ranges::copy(ranges_of(beyond), std::back_inserter(missing));
  if (!missing.empty()) return PartsMissing{std::move(missing)};
  check_beyond(ledger.info, wish, end, receipts);

  PartsWhole whole{.parts = {}, .size = 0, .crc32c = 0};
  for (const auto& [chunk, entry] : usable.entries) {
    if (chunk > end) break;
    const Receipt& receipt = *entry.receipt;
    whole.crc32c = whole.crc32c && receipt.crc32c
                       ? std::optional(crc32c_combine(*whole.crc32c, *receipt.crc32c,
                                                      static_cast<std::uint64_t>(receipt.size)))
                       : std::nullopt;
    whole.size += receipt.size;
    whole.parts.push_back({chunk, receipt});
  }
  check_sums(whole, wish, object_bytes_max);
  return whole;
}

}  // namespace longshore
