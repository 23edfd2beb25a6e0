#include "domain/event.h"

#include <array>

#include "base/encoding.h"
#include "base/hash.h"

namespace longshore {
namespace {

struct Names {
  EventType type;
  std::string_view stored;
  std::string_view topic;
  std::string_view operation;
};

constexpr std::array<Names, 6> kNames{{
    {EventType::upload_initiated, "uploads.initiated", "repository.uploads.initiated", "initiated"},
    {EventType::upload_completed, "uploads.completed", "repository.uploads.completed", "completed"},
    {EventType::upload_failed, "uploads.failed", "repository.uploads.failed", "failed"},
    {EventType::document_created, "documents.created", "repository.documents.created", "created"},
    {EventType::document_updated, "documents.updated", "repository.documents.updated", "updated"},
    {EventType::document_deleted, "documents.deleted", "repository.documents.deleted", "deleted"},
}};

const Names& names_of(EventType type) {
  for (const Names& names : kNames)
    if (names.type == type) return names;
  return kNames.front();
}

constexpr std::size_t kEventIdBytes = 8;  // 16 hex digits

}  // namespace

std::string_view topic_of(EventType type) { return names_of(type).topic; }
std::string_view operation_of(EventType type) { return names_of(type).operation; }
std::string_view to_string(EventType type) { return names_of(type).stored; }

bool event_type_of(std::string_view text, EventType& out) {
  for (const Names& names : kNames) {
    if (names.stored != text) continue;
    out = names.type;
    return true;
  }
  return false;
}

std::string event_id_of(const NodeId& node, std::string_view operation, Time timestamp) {
  const Sha256Digest digest = sha256(node.str() + ":" + std::string(operation) + ":" +
                                     std::to_string(epoch_ms(timestamp)));
  return hex_encode(std::as_bytes(std::span(digest).first(kEventIdBytes)));
}

}  // namespace longshore
