#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::cli {

// What the client reads of the messages of longshore.proto, under the names they have there.

/// Chunk numbers from `first` to `last`, both included.
struct ChunkRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const ChunkRange&) const = default;
};

enum class UploadState { unspecified, pending, uploading, completing, completed, failed, cancelled, expired };

std::string to_string(UploadState state);
std::optional<UploadState> upload_state_from(std::string_view text);

struct UploadLimits {
  std::int64_t recommended_chunk_size = 0;
  std::int64_t max_concurrent_chunks = 0;
};

struct InitiateRequest {
  std::string connector_id;
  std::string path;
  std::string name;
  std::int64_t expected_size = 0;
  std::int64_t chunk_size = 0;
  std::string idempotency_key;
};

struct InitiateResponse {
  std::string node_id;
  std::string upload_id;
  UploadState state = UploadState::unspecified;
  UploadLimits limits;
};

struct UploadStatus {
  std::string node_id;
  std::string upload_id;
  std::string connector_id;
  std::string name;
  std::string kind;
  UploadState state = UploadState::unspecified;
  std::int64_t bytes_uploaded = 0;
  std::int64_t total_bytes = 0;  // 0: not known
  std::int64_t chunks_received = 0;
  std::vector<ChunkRange> received_chunks;
  std::vector<ChunkRange> missing_chunks;
  std::int64_t updated_at_epoch_ms = 0;
  std::int64_t expires_at_epoch_ms = 0;
  std::string etag;
  std::string version_id;
  std::string crc32c;
  std::string sha256;
  std::string error_code;
  std::string error_message;
};

struct CompleteRequest {
  std::string upload_id;
  std::int64_t total_chunks = 0;
  std::string expected_crc32c;
};

/// `state` COMPLETED: the object is there. COMPLETING: the outcome is not known, ask again. UPLOADING:
/// `missing_chunks` (never empty then) are to be sent.
struct CompleteResponse {
  std::string node_id;
  UploadState state = UploadState::unspecified;
  std::int64_t size = 0;
  std::string etag;
  std::string version_id;
  std::string crc32c;
  std::vector<ChunkRange> missing_chunks;
};

struct Node {
  std::string node_id;
  std::string connector_id;
  std::string path;
  std::string name;
  std::string state;  // ACTIVE, PENDING, CANCELLED, FAILED, EXPIRED, DELETED
  std::int64_t size = 0;
  std::int64_t updated_at_epoch_ms = 0;
  std::string etag;
  std::string version_id;
  std::string crc32c;
};

/// One page of a list; `next_page_token` is empty on the last one.
template <class Item>
struct Page {
  std::vector<Item> items;
  std::string next_page_token;
};

/// application/problem+json, as far as the client acts on it.
struct Problem {
  std::string reason;
  std::string detail;
  std::string upload_id;
  std::vector<ChunkRange> missing_chunks;
};

}  // namespace longshore::cli
