#include "domain/ledger.h"

#include <algorithm>
#include <string>

namespace longshore {
namespace {

bool is_alive(const LedgerEntry& entry, Time now) { return entry.attempt && entry.attempt->until > now; }
bool counts(const LedgerEntry& entry, Time now) { return entry.receipt || is_alive(entry, now); }

bool claims_to_be_last(const SessionInfo& info, ChunkIndex chunk, const LedgerEntry& entry, Time now) {
  if (info.last == chunk) return true;
  if (is_alive(entry, now)) return entry.attempt->last || is_short(info, entry.attempt->size);
  return entry.receipt && is_short(info, entry.receipt->size);
}

Error conflict(std::string message) { return Error{Reason::chunk_conflict, std::move(message)}; }

/// What every chunk but the last has at least.
std::int64_t smallest(const SessionInfo& info) { return info.chunk_size.value_or(info.part_bytes_min); }

std::string text_of(ChunkIndex chunk) { return std::to_string(chunk.value()); }

void check_size(const SessionInfo& info, const BeginPart& request) {
  if (request.chunk.value() < 0 || request.chunk.value() >= info.parts_max)
    throw out_of_limits("chunk_number", info.parts_max - 1,
                        "chunk numbers go from 0 to " + std::to_string(info.parts_max - 1) +
                            " on this drive; use larger chunks");
  if (request.size <= 0)
    throw out_of_limits(
        "size", 1, "a chunk has at least one byte; complete with total_chunks = 0 makes an empty object");
  const std::int64_t most = info.chunk_size.value_or(info.part_bytes_max);
  if (request.size > most)
    throw out_of_limits(
        "size", most,
        info.chunk_size
            ? "the chunk is larger than the chunk_size of this upload, " + std::to_string(most)
            : "the chunk is larger than this drive's largest, " + std::to_string(most) + " bytes");
  if (!info.expected_size) return;
  if (request.size > *info.expected_size)
    throw out_of_limits("size", *info.expected_size, "the chunk is larger than the upload's expected_size");
  if (info.chunk_size && request.chunk.value() > 0 &&
      request.chunk.value() > (*info.expected_size - 1) / *info.chunk_size)
    throw conflict("chunk " + text_of(request.chunk) + " lies beyond expected_size");
}

void check_order(const SessionInfo& info, const BeginFacts& facts, const BeginPart& request) {
  const bool closing = request.last || is_short(info, request.size);
  if (info.last && request.chunk > *info.last && !request.last)
    throw conflict("chunk " + text_of(request.chunk) + " lies beyond the last one, " + text_of(*info.last));
  if (info.last && closing && *info.last != request.chunk)
    throw conflict("chunk " + text_of(*info.last) + " was the last one already; two chunks cannot both be");
  if (facts.closing_claim && closing) {
    const std::string taken = "chunk " + text_of(*facts.closing_claim);
    const std::string least = std::to_string(smallest(info)) + " bytes";
    throw conflict(
        "only the last chunk may be smaller than " + least + ", and " + taken +
        " is taken for it already: send every other one with at least that, and not as the last; or " +
        taken + " again, larger");
  }
  if (facts.closing_claim && *facts.closing_claim < request.chunk)
    throw conflict("chunk " + text_of(request.chunk) + " lies beyond chunk " + text_of(*facts.closing_claim) +
                   ", which can only be the last one");
  if (closing && facts.highest_other && *facts.highest_other > request.chunk)
    throw conflict("chunk " + text_of(request.chunk) +
                   (request.last ? " cannot be the last one"
                                 : " is below the smallest size, so it can only be the last one") +
                   ": chunk " + text_of(*facts.highest_other) + " is there");
}

}  // namespace

bool is_vacant_for(const LedgerEntry& entry, Time asked_at) {
  return !entry.receipt && (!entry.attempt || entry.attempt->until < asked_at);
}

bool is_short(const SessionInfo& info, std::int64_t size) { return size < smallest(info); }

BeginDecision decide_begin(const SessionInfo& info, const BeginFacts& facts, const BeginPart& request,
                           Time now) {
  check_size(info, request);
  if (facts.here && is_alive(*facts.here, now) && facts.here->attempt->id != request.attempt)
    return AttemptBusy{facts.here->attempt->until};
  check_order(info, facts, request);
  if (facts.here && facts.here->receipt) {
    const Receipt& receipt = *facts.here->receipt;
    const bool same = request.crc32c && receipt.crc32c == request.crc32c && receipt.size == request.size;
    const bool news = request.last && info.last != request.chunk;  // sent again, to be recorded as the last
    if (same && !news) return Acknowledged{receipt};
  }
  if (facts.attempts_elsewhere >= info.parts_in_flight_max)
    throw Error{Reason::too_many_chunks_in_flight,
                "this upload has " + std::to_string(facts.attempts_elsewhere) +
                    " chunks in flight, its limit; wait for one of them",
                {.limit = info.parts_in_flight_max, .retry_after = Millis{1000}}};
  return Begun{};
}

BeginFacts begin_facts(const SessionInfo& info, const std::map<ChunkIndex, LedgerEntry>& entries,
                       ChunkIndex chunk, Time now) {
  BeginFacts facts;
  for (const auto& [index, entry] : entries) {
    if (!counts(entry, now)) continue;
    if (index == chunk) {
      facts.here = entry;
      continue;
    }
    facts.highest_other = index;
    if (claims_to_be_last(info, index, entry, now)) facts.closing_claim = index;
    if (is_alive(entry, now)) ++facts.attempts_elsewhere;
  }
  return facts;
}

LedgerSummary summarize(const LedgerSnapshot& ledger) {
  LedgerSummary summary{.last = ledger.info.last};
  std::int32_t up_to_last = 0;
  for (const auto& [index, entry] : ledger.entries) {
    if (is_alive(entry, ledger.now)) summary.attempts_running = true;
    if (!entry.receipt) continue;
    summary.bytes += entry.receipt->size;
    ++summary.received;
    if (ledger.info.last && index <= *ledger.info.last) ++up_to_last;
  }
  summary.whole = ledger.info.last && up_to_last == ledger.info.last->value() + 1 &&
                  !summary.attempts_running;
  if (!summary.attempts_running) summary.idle = ledger.now - ledger.last_activity;
  return summary;
}

std::optional<ChunkIndex> last_by_sizes(std::optional<std::int64_t> chunk_size,
                                        std::optional<std::int64_t> size) {
  if (!chunk_size || !size || *size == 0) return std::nullopt;
  return ChunkIndex{static_cast<std::int32_t>((*size - 1) / *chunk_size)};
}

std::vector<ChunkRange> ranges_of(const std::vector<ChunkIndex>& sorted) {
  std::vector<ChunkRange> ranges;
  for (const ChunkIndex index : sorted) {
    if (!ranges.empty() && ranges.back().last.value() + 1 == index.value())
      ranges.back().last = index;
    else
      ranges.push_back({index, index});
  }
  return ranges;
}

std::vector<ChunkRange> received_chunks(const LedgerSnapshot& ledger) {
  std::vector<ChunkIndex> received;
  for (const auto& [index, entry] : ledger.entries)
    if (entry.receipt) received.push_back(index);
  return ranges_of(received);
}

std::vector<ChunkRange> missing_chunks(const LedgerSnapshot& ledger, std::optional<ChunkIndex> last) {
  const std::vector<ChunkRange> received = received_chunks(ledger);
  const ChunkIndex end = last ? *last : received.empty() ? ChunkIndex{0} : received.back().last;
  std::vector<ChunkRange> missing;
  std::int32_t next = 0;
  for (const ChunkRange& range : received) {
    if (range.first > end) break;
    if (range.first.value() > next)
      missing.push_back({ChunkIndex{next}, ChunkIndex{range.first.value() - 1}});
    next = range.last.value() + 1;
  }
  if (next <= end.value()) missing.push_back({ChunkIndex{next}, end});
  return missing;
}

}  // namespace longshore
