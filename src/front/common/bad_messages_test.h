#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "front/common/error_table.h"

namespace longshore {

/// A public message that is wrong, whichever way it comes: both protocols answer it with the same reason, and
/// leave nothing behind.
struct BadMessage {
  std::string name;
  std::string method;  // of UploadService or NodeService
  std::string json;    // the message; "{open}" stands for an open upload
  std::string reason;
  std::string named;                    // the error's field, or its limit; "": neither
  std::vector<BadMessage> before = {};  // what the same client did before, with success: method and json

  [[nodiscard]] bool after(std::string_view other) const {
    return std::ranges::any_of(before, [other](const BadMessage& step) { return step.method == other; });
  }
  /// How the upload stands afterwards, which is as before.
  [[nodiscard]] std::string state() const {
    if (after("CancelUpload")) return "CANCELLED";
    return before.empty() ? "PENDING" : "UPLOADING";
  }
  [[nodiscard]] int chunks() const {
    return static_cast<int>(std::ranges::count(before, std::string("UploadChunk"), &BadMessage::method));
  }
  /// The statuses that belong to its reason. Throws std::logic_error where there is no such reason.
  [[nodiscard]] const ErrorRow& statuses() const {
    for (int number = 0;; ++number) {
      const ErrorRow& row = error_row(static_cast<Reason>(number));
      if (to_string(row.reason) == reason) return row;
    }
  }
};

inline std::ostream& operator<<(std::ostream& out, const BadMessage& row) { return out << row.name; }

inline std::vector<BadMessage> bad_initiates() {
  const std::string kInvalid = "INVALID_REQUEST";
  const std::string kLimits = "OUT_OF_LIMITS";
  const auto with = [](const std::string& member) { return R"({"connectorId":"c",)" + member + "}"; };
  std::string eleven_tags;
  for (int i = 0; i < 11; ++i) eleven_tags += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + "\":\"\"";
  return {
      {"NoConnector", "InitiateUpload", "{}", kInvalid, "connector_id"},
      {"ConnectorWithNewline", "InitiateUpload", R"({"connectorId":"a\r\nX: y"})", kInvalid, "connector_id"},
      {"ConnectorStar", "InitiateUpload", R"({"connectorId":"*"})", kInvalid, "connector_id"},
      {"ConnectorBraces", "InitiateUpload", R"({"connectorId":"{x}"})", kInvalid, "connector_id"},
      {"ConnectorColon", "InitiateUpload", R"({"connectorId":"a:b"})", kInvalid, "connector_id"},
      {"ConnectorDots", "InitiateUpload", R"({"connectorId":".."})", kInvalid, "connector_id"},
      {"ConnectorOfAMegabyte", "InitiateUpload", R"({"connectorId":")" + std::string(1 << 20, 'c') + "\"}",
       kInvalid, "connector_id"},
      {"DriveUnknown", "InitiateUpload", with(R"("drive":"other")"), kInvalid, "drive"},
      {"DriveMalformed", "InitiateUpload", with(R"("drive":"../x")"), kInvalid, "drive"},
      {"NodeIdMalformed", "InitiateUpload", with(R"("clientNodeId":"../../etc")"), kInvalid,
       "client_node_id"},
      {"NodeIdTooLong", "InitiateUpload", with(R"("clientNodeId":")" + std::string(300, 'a') + "\""),
       kInvalid, "client_node_id"},
      {"NodeIdAndByName", "InitiateUpload", with(R"("clientNodeId":"node-0001","byName":true,"name":"n")"),
       kInvalid, "by_name"},
      {"ByNameWithoutName", "InitiateUpload", with(R"("byName":true)"), kInvalid, "name"},
      {"SizeNegative", "InitiateUpload", with(R"("expectedSize":-1)"), kInvalid, "expected_size"},
      {"SizeBeyondTheStore", "InitiateUpload", with(R"("expectedSize":"9223372036854775807")"), kLimits,
       "67108864"},
      {"ChunkSizeZero", "InitiateUpload", with(R"("chunkSize":0)"), kInvalid, "chunk_size"},
      {"ChunkSizeTooSmall", "InitiateUpload", with(R"("chunkSize":3)"), kLimits, "4"},
      {"ChunkSizeTooLarge", "InitiateUpload", with(R"("chunkSize":"1000000000")"), kLimits, "8388608"},
      {"TooManyChunks", "InitiateUpload", with(R"("chunkSize":4,"expectedSize":1000)"), kLimits, "100"},
      {"NameWithControl", "InitiateUpload", with(R"("name":"a\r\nX: y")"), kInvalid, "name"},
      {"NameWithC1Control", "InitiateUpload", with(R"("name":"a\u0085b")"), kInvalid, "name"},
      {"NameTooLong", "InitiateUpload", with(R"("name":")" + std::string(10'000, 'n') + "\""), kLimits,
       "1024"},
      {"NameDots", "InitiateUpload", with(R"("name":"..")"), kInvalid, "name"},
      {"PathUp", "InitiateUpload", with(R"("path":"a/../b")"), kInvalid, "path"},
      {"PathAbsolute", "InitiateUpload", with(R"("path":"/etc")"), kInvalid, "path"},
      {"PathDouble", "InitiateUpload", with(R"("path":"a//b")"), kInvalid, "path"},
      {"PathTooLong", "InitiateUpload", with(R"("path":")" + std::string(10'000, 'p') + "\""), kLimits,
       "2048"},
      {"MetadataKey", "InitiateUpload", with(R"("metadata":{"A b":"1"})"), kInvalid, "metadata"},
      {"MetadataAmz", "InitiateUpload", with(R"("metadata":{"x-amz-website-redirect-location":"/"})"),
       kInvalid, "metadata"},
      {"MetadataControl", "InitiateUpload", with(R"("metadata":{"a":"1\n2"})"), kInvalid, "metadata.a"},
      {"MetadataTooLarge", "InitiateUpload", with(R"("metadata":{"a":")" + std::string(2048, 'v') + "\"}"),
       kLimits, "2048"},
      {"TagsTooMany", "InitiateUpload", with(R"("tags":{)" + eleven_tags + "}"), kLimits, "10"},
      {"TagReserved", "InitiateUpload", with(R"("tags":{"aws:x":"1"})"), kInvalid, "tags"},
      {"MimeType", "InitiateUpload", with(R"("mimeType":"text")"), kInvalid, "mime_type"},
      {"MimeTypeSplits", "InitiateUpload", with(R"("mimeType":"text/plain\r\nX: y")"), kInvalid, "mime_type"},
      {"DispositionNotAscii", "InitiateUpload",
       with("\"contentDisposition\":\"attachment; filename=\xc3\xa4\""), kInvalid, "content_disposition"},
      {"CacheControlTooLong", "InitiateUpload", with(R"("cacheControl":")" + std::string(600, 'c') + "\""),
       kLimits, "512"},
      {"StorageClass", "InitiateUpload", with(R"("storageClass":"std ia")"), kInvalid, "storage_class"},
      {"Crc32cMalformed", "InitiateUpload", with(R"("expectedCrc32c":"abc")"), kInvalid, "expected_crc32c"},
      {"Sha256Short", "InitiateUpload", with(R"("expectedSha256":"AAAA")"), kInvalid, "expected_sha256"},
      {"Encryption", "InitiateUpload", with(R"("encryption":{"type":"SSE_C"})"), kInvalid, "encryption"},
      {"UploadToken", "InitiateUpload", with(R"("wantUploadToken":true)"), kInvalid, "want_upload_token"},
  };
}

inline std::vector<BadMessage> bad_completes() {
  const std::string kInvalid = "INVALID_REQUEST";
  return {
      {"CompleteNegative", "CompleteUpload", R"({"uploadId":"{open}","totalChunks":-1})", kInvalid,
       "total_chunks"},
      {"CompleteWithKey", "CompleteUpload", R"({"uploadId":"{open}","customerKeyB64":"AAAA"})", kInvalid,
       "customer_key_b64"},
      {"CompleteOfAnothersNode", "CompleteUpload", R"({"uploadId":"{open}","nodeId":"node-0002"})", kInvalid,
       "upload_id"},
      {"CompleteCrc32c", "CompleteUpload", R"({"uploadId":"{open}","expectedCrc32c":"x"})", kInvalid,
       "expected_crc32c"},
  };
}

inline std::vector<BadMessage> bad_chunks() {
  const std::string kInvalid = "INVALID_REQUEST";
  const std::string kLimits = "OUT_OF_LIMITS";
  const std::string kConflict = "CHUNK_CONFLICT";
  const auto put = [](const std::string& members) {
    return BadMessage{.method = "UploadChunk", .json = R"({"uploadId":"{open}",)" + members + "}"};
  };
  const auto row = [&put](const std::string& name, const std::string& members, const std::string& reason,
                          const std::string& named = "", const std::vector<BadMessage>& before = {}) {
    BadMessage bad = put(members);
    bad.name = name;
    bad.reason = reason;
    bad.named = named;
    bad.before = before;
    return bad;
  };
  const BadMessage last = put(R"("chunkNumber":1,"data":"aGVsbG8=","isLast":true)");
  const BadMessage short_one = put(R"("chunkNumber":1,"data":"YWE=")");
  const BadMessage cancel{.method = "CancelUpload", .json = R"({"uploadId":"{open}"})"};
  return {
      {"ChunkOfUnknown", "UploadChunk", R"({"uploadId":"unknown-1","data":"aGVsbG8="})", "NOT_FOUND", ""},
      {"ChunkOfMalformed", "UploadChunk", R"({"uploadId":"..%2Fx","data":"aGVsbG8="})", kInvalid,
       "upload_id"},
      row("ChunkNumberNegative", R"("chunkNumber":-1,"data":"aGVsbG8=")", kInvalid, "chunk_number"),
      row("ChunkNumberBeyondTheStore", R"("chunkNumber":100,"data":"aGVsbG8=")", kLimits, "99"),
      row("ChunkNumberBeyondAll", R"("chunkNumber":"9223372036854775807","data":"aGVsbG8=")", kLimits,
          "9999"),
      row("ChunkEmpty", R"("chunkNumber":0)", kLimits),
      row("ChunkTwoLastOnes", R"("chunkNumber":2,"data":"aGVsbG8=","isLast":true)", kConflict, "", {last}),
      row("ChunkBeyondTheLast", R"("chunkNumber":2,"data":"aGVsbG8=")", kConflict, "", {last}),
      row("ChunkSecondShortOne", R"("chunkNumber":2,"data":"YmI=")", kConflict, "", {short_one}),
      row("ChunkOfAnEndedUpload", R"("chunkNumber":0,"data":"aGVsbG8=")", "UPLOAD_ENDED", "", {cancel}),
  };
}

inline std::vector<BadMessage> bad_questions() {
  const std::string kInvalid = "INVALID_REQUEST";
  const BadMessage chunk{.method = "UploadChunk", .json = R"({"uploadId":"{open}","data":"aGVsbG8="})"};
  const BadMessage cancel{.method = "CancelUpload", .json = R"({"uploadId":"{open}"})"};
  return {
      {"CompleteUnknown", "CompleteUpload", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
      {"CompleteNotTheSum",
       "CompleteUpload",
       R"({"uploadId":"{open}","expectedCrc32c":"AAAAAA=="})",
       "DIGEST_MISMATCH",
       "",
       {chunk}},
      {"CompleteEnded", "CompleteUpload", R"({"uploadId":"{open}"})", "UPLOAD_ENDED", "", {cancel}},
      {"CancelReason", "CancelUpload", R"({"uploadId":"{open}","reason":"a\nb"})", kInvalid, "reason"},
      {"CancelUnknown", "CancelUpload", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
      {"StatusOfUnknown", "GetUploadStatus", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
      {"StatusMalformed", "GetUploadStatus", R"({"uploadId":"..%2Fx"})", kInvalid, "upload_id"},
      {"ProgressOfUnknown", "StreamUploadProgress", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
      {"ListPageSize", "ListUploads", R"({"pageSize":-1})", kInvalid, "page_size"},
      {"ListForgedToken", "ListUploads", R"({"pageToken":"forged"})", kInvalid, "page_token"},
      {"ListConnector", "ListUploads", R"({"connectorId":"*"})", kInvalid, "connector_id"},
      {"LimitsOfUnknownDrive", "GetUploadLimits", R"({"drive":"nowhere"})", kInvalid, "drive"},
      {"LimitsNegative", "GetUploadLimits", R"({"expectedSize":-1})", kInvalid, "expected_size"},
      {"NodeUnknown", "GetNode", R"({"nodeId":"unknown-1"})", "NOT_FOUND", ""},
      {"NodeMalformed", "GetNode", R"({"nodeId":"..%2Fx"})", kInvalid, "node_id"},
      {"NodesForgedToken", "ListNodes", R"({"pageToken":"forged"})", kInvalid, "page_token"},
      {"DeleteUnknown", "DeleteNode", R"({"nodeId":"unknown-1"})", "NOT_FOUND", ""},
  };
}

/// All of them: the one table of what is wrong whatever the protocol.
inline std::vector<BadMessage> bad_messages() {
  std::vector<BadMessage> rows;
  for (const auto& some : {bad_initiates(), bad_completes(), bad_chunks(), bad_questions()})
    rows.insert(rows.end(), some.begin(), some.end());
  return rows;
}

}  // namespace longshore
