#include "catalog/page_token.h"

#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "base/hash.h"
#include "domain/error.h"

namespace longshore {
namespace {

// The kind of list and the version of the form; another form gets another letter.
constexpr std::string_view kUploads = "u1:";
constexpr std::string_view kNodes = "n1:";
constexpr std::string_view kOperations = "o1:";
constexpr std::size_t kCheckBytes = 4;       // against damage, not against malice
constexpr std::size_t kTokenBytesMax = 256;  // the longest position is 3 + 20 + 1 + 74 bytes, in hex

std::string seal(const std::string& position) {
  const Sha256Digest digest = sha256(position);
  return hex_encode(as_bytes(position)) + hex_encode(std::as_bytes(std::span(digest).first(kCheckBytes)));
}

/// The position in a token, without its first letters; the caller checks what it says.
std::optional<std::string> unseal(std::string_view token, std::string_view kind) {
  if (token.size() > kTokenBytesMax || token.size() < 2 * (kCheckBytes + kind.size())) return std::nullopt;
  const auto position = hex_decode(token.substr(0, token.size() - 2 * kCheckBytes));
  if (!position || !position->starts_with(kind) || seal(*position) != token) return std::nullopt;
  return position->substr(kind.size());
}

Error forged() {
  return invalid_field("page_token", "page_token is not one that this list gave; begin without one");
}

}  // namespace

std::string page_token(const UploadPosition& after) {
  return seal(std::string(kUploads) + std::to_string(epoch_ms(after.created_at)) + ":" + after.id.str());
}

std::string page_token(const NodeId& after) { return seal(std::string(kNodes) + after.str()); }

std::string page_token(OperationPosition before) {
  return seal(std::string(kOperations) + std::to_string(before.row));
}

UploadPosition upload_position(std::string_view token) {
  const auto text = unseal(token, kUploads);
  if (!text) throw forged();
  std::int64_t ms = 0;
  const char* const end = text->data() + text->size();
  const auto [colon, problem] = std::from_chars(text->data(), end, ms);
  if (problem != std::errc{} || colon == end || *colon != ':') throw forged();
  const std::string id(colon + 1, end);
  if (!is_upload_id(id)) throw forged();
  return UploadPosition{from_epoch_ms(ms), UploadId{id}};
}

NodeId node_position(std::string_view token) {
  const auto id = unseal(token, kNodes);
  if (!id || !is_node_id(*id)) throw forged();
  return NodeId{*id};
}

OperationPosition operation_position(std::string_view token) {
  const auto text = unseal(token, kOperations);
  if (!text) throw forged();
  OperationPosition position;
  const char* const end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, position.row);
  if (problem != std::errc{} || stop != end) throw forged();
  return position;
}

}  // namespace longshore
