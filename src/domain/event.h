#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/ids.h"

namespace longshore {

enum class EventType {
  upload_initiated,
  upload_completed,
  upload_failed,
  document_created,
  document_updated,
  document_deleted,
};

std::string_view topic_of(EventType type);      // "repository.uploads.initiated", ...
std::string_view operation_of(EventType type);  // "initiated", "completed", "failed", "created", "updated",
                                                // "deleted"
std::string_view to_string(EventType type);     // "uploads.initiated", ...: stored in the outbox
bool event_type_of(std::string_view text, EventType& out);

/// What a state change has to tell; which fields count depends on the type (api/longshore/v1/events.proto).
struct EventFacts {
  std::string s3_key;
  std::string bucket;
  std::int64_t size = 0;
  std::int64_t expected_size = 0;
  std::string mime_type;
  std::string content_hash;  // "sha256:..." or "crc32c:...", base64
  std::string version_id;
  std::string previous_version_id;
  std::string etag;
  std::string reason;
  std::string error_code;
  std::int64_t partial_chunks = 0;
  std::int64_t total_chunks = 0;
  bool purged = false;
  bool operator==(const EventFacts&) const = default;
};

/// An event before the catalog has numbered it.
struct EventDraft {
  EventType type = EventType::upload_initiated;
  NodeId node;
  ConnectorId connector;
  UploadId upload;
  std::string account_id;
  std::string request_id;
  EventFacts facts;
  bool operator==(const EventDraft&) const = default;
};

/// A row of the outbox: numbered in the transaction of the change that it tells of, the same at every try to
/// publish it.
struct OutboxRow {
  std::int64_t row = 0;       // the outbox's own key
  std::string event_id;       // event_id_of(node, operation, timestamp)
  std::int64_t sequence = 0;  // 1, 2, 3, ... within the node
  Time timestamp{};           // grows strictly within the node
  std::int32_t tries = 0;     // publications that the sink refused so far
  EventDraft event;
};

/// First 16 hex digits of SHA-256("document_id:operation:timestamp_ms").
std::string event_id_of(const NodeId& node, std::string_view operation, Time timestamp);

}  // namespace longshore
