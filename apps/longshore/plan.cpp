#include "apps/longshore/plan.h"

#include <algorithm>
#include <cassert>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "apps/longshore/failure.h"
#include "base/ascii.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace longshore::cli {

PartPlan::PartPlan(std::int64_t file_size, std::int64_t chunk_size)
    : size_(file_size), chunk_size_(chunk_size) {
  assert(file_size >= 0 && chunk_size > 0);
}

std::int64_t PartPlan::count() const { return size_ / chunk_size_ + (size_ % chunk_size_ == 0 ? 0 : 1); }

std::int64_t PartPlan::length(std::int64_t part) const { return std::min(chunk_size_, size_ - offset(part)); }

std::int64_t choose_chunk_size(std::optional<std::int64_t> wanted, const UploadLimits& limits) {
  if (wanted) return *wanted;
  if (limits.recommended_chunk_size > 0) return limits.recommended_chunk_size;
  throw Failure(reasons::kProtocol, "the server recommends parts of " +
                                        std::to_string(limits.recommended_chunk_size) +
                                        " bytes; choose their size by --part-size");
}

std::int64_t choose_parallel(std::int64_t wanted, const UploadLimits& limits, std::int64_t parts) {
  std::int64_t parallel = std::min(wanted, parts);
  if (limits.max_concurrent_chunks > 0) parallel = std::min(parallel, limits.max_concurrent_chunks);
  return std::max<std::int64_t>(parallel, 1);
}

std::vector<std::int64_t> parts_named(const PartPlan& plan, const std::vector<ChunkRange>& ranges) {
  std::vector<std::int64_t> parts;
  for (const ChunkRange& range : ranges) {
    if (range.first < 0 || range.last < range.first || range.last >= plan.count()) {
      throw Failure(reasons::kProtocol, "the server names the parts " + std::to_string(range.first) + " to " +
                                            std::to_string(range.last) + ", but this file has " +
                                            std::to_string(plan.count()));
    }
    for (std::int64_t part = range.first; part <= range.last; ++part) parts.push_back(part);
  }
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

std::vector<std::int64_t> parts_to_send(const PartPlan& plan, const std::vector<ChunkRange>& received) {
  const std::vector<std::int64_t> there = parts_named(plan, received);
  std::vector<std::int64_t> missing;
  for (std::int64_t part = 0; part < plan.count(); ++part) {
    if (!std::binary_search(there.begin(), there.end(), part)) missing.push_back(part);
  }
  return missing;
}

std::uint32_t combined_crc32c(const PartPlan& plan, std::span<const std::uint32_t> part_crcs) {
  assert(part_crcs.size() == static_cast<std::size_t>(plan.count()));
  std::uint32_t whole = 0;  // of no bytes
  for (std::int64_t part = 0; part < plan.count(); ++part) {
    whole = crc32c_combine(whole, part_crcs[static_cast<std::size_t>(part)],
                           static_cast<std::uint64_t>(plan.length(part)));
  }
  return whole;
}

NextStep next_step(UploadState state) {
  switch (state) {
    case UploadState::pending:
    case UploadState::uploading:
      return NextStep::send;
    case UploadState::completing:
      return NextStep::finish;
    case UploadState::completed:
      return NextStep::look;
    case UploadState::failed:
    case UploadState::cancelled:
    case UploadState::expired:
      return NextStep::try_again;
    case UploadState::unspecified:
      break;
  }
  throw Failure(reasons::kProtocol, "the server names no state of the upload");
}

std::string how_to_go_on(const std::string& upload_id, std::optional<UploadState> state, bool file_changed) {
  const std::string upload = "upload " + upload_id;
  const std::string drop = "; to drop it: longshore cancel " + upload_id;
  switch (state.value_or(UploadState::unspecified)) {
    case UploadState::pending:
    case UploadState::uploading:
      if (file_changed) return upload + " is open still, with parts of the file as it was" + drop;
      return upload + " stays open at the server: the same command goes on with it" + drop;
    case UploadState::completing:
      return upload + " is being completed" +
             (file_changed ? " with the file as it was" : ": the same command asks for the outcome");
    case UploadState::completed:
      return upload + " had been completed before" + (file_changed ? " with the file as it was" : "");
    case UploadState::failed:
    case UploadState::cancelled:
    case UploadState::expired:
      return upload + " is " + ascii::lower(to_string(*state)) +
             ", nothing of it is published: the same command begins a new one";
    case UploadState::unspecified:
      break;
  }
  return "how upload " + upload_id + " stands is not known: ask by longshore status " + upload_id +
         (file_changed ? drop : "; the same command goes on with it");
}

bool is_still_there(const UploadStatus& completed, const Node& node) {
  return node.state == "ACTIVE" && node.etag == completed.etag && node.version_id == completed.version_id &&
         node.crc32c == completed.crc32c;
}

std::string idempotency_key(const UploadIdentity& identity, int attempt) {
  // A list in JSON, so that no two identities can run together into one text. Names need not be UTF-8 here.
  const boost::json::array fields = {hex_encode(as_bytes(identity.connector)),
                                     hex_encode(as_bytes(identity.path)),
                                     hex_encode(as_bytes(identity.name)),
                                     hex_encode(as_bytes(identity.absolute_file)),
                                     identity.size,
                                     identity.modified_ns,
                                     identity.inode,
                                     identity.chunk_size};
  const Sha256Digest digest = sha256(boost::json::serialize(fields));
  constexpr std::size_t kKeyBytes = 16;  // 128 bits: no two files of one connector meet
  return "put-" + hex_encode(std::as_bytes(std::span(digest)).first(kKeyBytes)) + "-" +
         std::to_string(attempt);
}

}  // namespace longshore::cli
