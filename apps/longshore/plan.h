#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/longshore/api_types.h"

namespace longshore::cli {

// What an upload does next, as pure functions of what the server said and what the file is.

/// How a file is cut: every part but the last has chunk_size bytes. An empty file has no part at all.
class PartPlan {
 public:
  PartPlan(std::int64_t file_size, std::int64_t chunk_size);

  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::int64_t count() const;
  [[nodiscard]] std::int64_t offset(std::int64_t part) const { return part * chunk_size_; }
  [[nodiscard]] std::int64_t length(std::int64_t part) const;

 private:
  std::int64_t size_;
  std::int64_t chunk_size_;
};

/// --part-size, else the server's advice. Throws Failure PROTOCOL_ERROR if the advice is not positive.
std::int64_t choose_chunk_size(std::optional<std::int64_t> wanted, const UploadLimits& limits);

/// How many connections send `parts`: what the user wants, but not more than the server allows or there are
/// parts; at least 1.
std::int64_t choose_parallel(std::int64_t wanted, const UploadLimits& limits, std::int64_t parts);

/// The parts that the server does not have, ascending. Throws Failure PROTOCOL_ERROR if it has parts that the
/// plan lacks: then the upload is not of this file, or not cut like this.
std::vector<std::int64_t> parts_to_send(const PartPlan& plan, const std::vector<ChunkRange>& received);

/// The parts that `ranges` name, ascending; the same error.
std::vector<std::int64_t> parts_named(const PartPlan& plan, const std::vector<ChunkRange>& ranges);

/// The whole file's CRC32C from its parts' (one a part, in order).
std::uint32_t combined_crc32c(const PartPlan& plan, std::span<const std::uint32_t> part_crcs);

/// What to do with the upload that an idempotency key led to.
enum class NextStep {
  send,       // open: send what it lacks, then complete it
  finish,     // its outcome is being decided: ask for it
  look,       // COMPLETED: is_still_there() decides between done and a new try
  try_again,  // it ended otherwise: a new upload under the next key
};
NextStep next_step(UploadState state);

/// What there is to know about an upload that a run did not bring to its end: how it stands, and what can be
/// done. `state`: the server's last word; nullopt: it did not say. `file_changed`: the file is not the one
/// any more that the upload was begun with.
std::string how_to_go_on(const std::string& upload_id, std::optional<UploadState> state, bool file_changed);

/// Whether what that completed upload made is what its node shows now: not deleted, not replaced by other
/// bytes.
bool is_still_there(const UploadStatus& completed, const Node& node);

/// What makes two runs of `put` the same upload. Deliberately not the content: reading a terabyte to find out
/// what to resume is no help, and a file that was written to has another modification time.
struct UploadIdentity {
  std::string connector;
  std::string path;
  std::string name;
  std::string absolute_file;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::int64_t chunk_size = 0;  // parts cut otherwise are another request
};

/// The idempotency key of the `attempt`th try (from 1) to upload it.
std::string idempotency_key(const UploadIdentity& identity, int attempt);

}  // namespace longshore::cli
