#include "apps/longshore/api_json.h"

#include <array>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "apps/longshore/text.h"

namespace longshore::cli {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<UploadState, std::string_view>, 8> kStates = {{
    {UploadState::unspecified, "UPLOAD_STATE_UNSPECIFIED"},
    {UploadState::pending, "PENDING"},
    {UploadState::uploading, "UPLOADING"},
    {UploadState::completing, "COMPLETING"},
    {UploadState::completed, "COMPLETED"},
    {UploadState::failed, "FAILED"},
    {UploadState::cancelled, "CANCELLED"},
    {UploadState::expired, "EXPIRED"},
}};

[[noreturn]] void refuse(const std::string& what) {
  throw Failure(reasons::kProtocol, "the server's answer is not understood: " + what);
}

/// The typed reading of one object's members.
class Reader {
 public:
  explicit Reader(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) refuse("an object was expected");
  }

  [[nodiscard]] std::string text(std::string_view key) const {
    const json::value* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string()) refuse(std::string(key) + " is no string");
    return std::string(value->get_string());
  }

  [[nodiscard]] std::int64_t number(std::string_view key) const {
    const json::value* value = find(key);
    if (value == nullptr) return 0;
    if (value->is_int64()) return value->get_int64();
    if (const json::string* digits = value->if_string()) {
      if (const auto number = parse_int64(*digits)) return *number;
    }
    refuse(std::string(key) + " is no 64-bit number");
  }

  [[nodiscard]] UploadState state(std::string_view key) const {
    const std::string name = text(key);
    if (name.empty()) return UploadState::unspecified;
    if (const auto state = upload_state_from(name)) return *state;
    refuse(std::string(key) + " is '" + name + "'");
  }

  [[nodiscard]] std::vector<ChunkRange> ranges(std::string_view key) const {
    std::vector<ChunkRange> out;
    for (const json::value& item : list(key)) {
      const Reader range(item);
      out.push_back({.first = range.number("first"), .last = range.number("last")});
    }
    return out;
  }

  template <class Item>
  [[nodiscard]] Page<Item> page(std::string_view key, Item (*decode)(const json::value&)) const {
    Page<Item> out;
    for (const json::value& item : list(key)) out.items.push_back(decode(item));
    out.next_page_token = text("nextPageToken");
    return out;
  }

  /// The member, nullptr where it is absent or null.
  [[nodiscard]] const json::value* find(std::string_view key) const {
    const json::value* value = object_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

 private:
  [[nodiscard]] const json::array& list(std::string_view key) const {
    static const json::array kEmpty;
    const json::value* value = find(key);
    if (value == nullptr) return kEmpty;
    if (!value->is_array()) refuse(std::string(key) + " is no list");
    return value->get_array();
  }

  const json::object* object_;
};

}  // namespace

std::string to_string(UploadState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return std::string(name);
  }
  return "UPLOAD_STATE_UNSPECIFIED";
}

std::optional<UploadState> upload_state_from(std::string_view text) {
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  return std::nullopt;
}

json::value parse_json(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  if (error) refuse("malformed JSON (" + error.message() + ")");
  return value;
}

UploadLimits decode_limits(const json::value& value) {
  const Reader reader(value);
  return UploadLimits{.recommended_chunk_size = reader.number("recommendedChunkSize"),
                      .max_concurrent_chunks = reader.number("maxConcurrentChunks")};
}

InitiateResponse decode_initiate(const json::value& value) {
  const Reader reader(value);
  InitiateResponse out;
  out.node_id = reader.text("nodeId");
  out.upload_id = reader.text("uploadId");
  out.state = reader.state("state");
  if (const json::value* limits = reader.find("limits")) out.limits = decode_limits(*limits);
  if (out.upload_id.empty()) refuse("uploadId is missing");
  return out;
}

UploadStatus decode_status(const json::value& value) {
  const Reader reader(value);
  UploadStatus out;
  out.node_id = reader.text("nodeId");
  out.upload_id = reader.text("uploadId");
  out.connector_id = reader.text("connectorId");
  out.name = reader.text("name");
  out.kind = reader.text("kind");
  out.state = reader.state("state");
  out.bytes_uploaded = reader.number("bytesUploaded");
  out.total_bytes = reader.number("totalBytes");
  out.chunks_received = reader.number("chunksReceived");
  out.received_chunks = reader.ranges("receivedChunks");
  out.missing_chunks = reader.ranges("missingChunks");
  out.updated_at_epoch_ms = reader.number("updatedAtEpochMs");
  out.expires_at_epoch_ms = reader.number("expiresAtEpochMs");
  out.etag = reader.text("etag");
  out.version_id = reader.text("versionId");
  out.crc32c = reader.text("crc32c");
  out.sha256 = reader.text("sha256");
  out.error_code = reader.text("errorCode");
  out.error_message = reader.text("errorMessage");
  return out;
}

CompleteResponse decode_complete(const json::value& value) {
  const Reader reader(value);
  CompleteResponse out;
  out.node_id = reader.text("nodeId");
  out.state = reader.state("state");
  out.size = reader.number("size");
  out.etag = reader.text("etag");
  out.version_id = reader.text("versionId");
  out.crc32c = reader.text("crc32c");
  out.missing_chunks = reader.ranges("missingChunks");
  return out;
}

Node decode_node(const json::value& value) {
  const Reader reader(value);
  Node out;
  out.node_id = reader.text("nodeId");
  out.connector_id = reader.text("connectorId");
  out.path = reader.text("path");
  out.name = reader.text("name");
  out.state = reader.text("state");
  out.size = reader.number("size");
  out.updated_at_epoch_ms = reader.number("updatedAtEpochMs");
  out.etag = reader.text("etag");
  out.version_id = reader.text("versionId");
  out.crc32c = reader.text("crc32c");
  return out;
}

Page<Node> decode_nodes(const json::value& value) { return Reader(value).page<Node>("nodes", decode_node); }

Page<UploadStatus> decode_uploads(const json::value& value) {
  return Reader(value).page<UploadStatus>("uploads", decode_status);
}

Problem decode_problem(std::string_view body) {
  try {
    const json::value value = parse_json(body);
    const Reader reader(value);
    return Problem{.reason = reader.text("reason"),
                   .detail = reader.text("detail"),
                   .upload_id = reader.text("uploadId"),
                   .missing_chunks = reader.ranges("missingChunks")};
  } catch (const Failure&) {
    return Problem{};
  }
}

std::string encode_initiate(const InitiateRequest& request) {
  json::object body = {{"connectorId", request.connector_id},
                       {"name", request.name},
                       {"byName", true},
                       {"expectedSize", std::to_string(request.expected_size)},
                       {"chunkSize", std::to_string(request.chunk_size)}};
  if (!request.path.empty()) body["path"] = request.path;
  return json::serialize(body);
}

std::string encode_complete(const CompleteRequest& request) {
  json::object body = {{"totalChunks", std::to_string(request.total_chunks)}};
  if (!request.expected_crc32c.empty()) body["expectedCrc32c"] = request.expected_crc32c;
  return json::serialize(body);
}

json::object status_to_json(const UploadStatus& status) {
  json::array missing;
  for (const ChunkRange& range : status.missing_chunks) {
    missing.push_back(json::object{{"first", range.first}, {"last", range.last}});
  }
  return json::object{{"uploadId", status.upload_id},
                      {"nodeId", status.node_id},
                      {"connectorId", status.connector_id},
                      {"name", status.name},
                      {"kind", status.kind},
                      {"state", to_string(status.state)},
                      {"bytesUploaded", status.bytes_uploaded},
                      {"totalBytes", status.total_bytes},
                      {"chunksReceived", status.chunks_received},
                      {"missingChunks", std::move(missing)},
                      {"updatedAtEpochMs", status.updated_at_epoch_ms},
                      {"expiresAtEpochMs", status.expires_at_epoch_ms},
                      {"etag", status.etag},
                      {"versionId", status.version_id},
                      {"crc32c", status.crc32c},
                      {"sha256", status.sha256},
                      {"errorCode", status.error_code},
                      {"errorMessage", status.error_message}};
}

json::object node_to_json(const Node& node) {
  return json::object{{"nodeId", node.node_id}, {"connectorId", node.connector_id},
                      {"path", node.path},      {"name", node.name},
                      {"state", node.state},    {"size", node.size},
                      {"etag", node.etag},      {"versionId", node.version_id},
                      {"crc32c", node.crc32c},  {"updatedAtEpochMs", node.updated_at_epoch_ms}};
}

json::object failure_to_json(const Failure& failure) {
  return json::object{{"error", {{"reason", failure.reason}, {"detail", failure.detail()}}}};
}

}  // namespace longshore::cli
