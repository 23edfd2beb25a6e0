#include "bench/throwaway/s3.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/hash.h"

namespace longshore::bench {
namespace {

/// One for all: nobody reads it back.
constexpr const char* kETag = "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"";
constexpr const char* kCrc32c = "x-amz-checksum-crc32c";

std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + text + "</" + name + ">";
}

S3Answer document(const std::string& root, const std::string& content) {
  return {.fields = {{"Content-Type", "application/xml"}}, .body = element(root, content)};
}

S3Answer refusal(int status, const std::string& code) {
  return {.status = status, .body = element("Error", element("Code", code))};
}

S3Answer stored(const HttpField& checksum) {
  S3Answer answer{.fields = {{"ETag", kETag}}};
  if (!checksum.name.empty()) answer.fields.push_back(checksum);
  return answer;
}

std::string query(const S3Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

HttpFields kept_fields(const S3Request& request) {
  HttpFields kept;
  for (const HttpField& field : request.fields)
    if (field.name.starts_with("x-amz-meta-") || field.name == "content-type") kept.push_back(field);
  return kept;
}

/// Of the whole, where every part has one.
template <class Parts>
std::optional<std::uint32_t> whole_crc32c(const Parts& parts) {
  std::uint32_t whole = 0;
  for (const auto& [unused, part] : parts) {
    std::uint32_t crc = 0;
    if (part.checksum.name != kCrc32c || !crc32c_from_base64(part.checksum.value, crc)) return std::nullopt;
    whole = crc32c_combine(whole, crc, static_cast<std::uint64_t>(part.size));
  }
  return whole;
}

}  // namespace

S3Answer ThrowawayS3::answer(const S3Request& request) {
  const std::lock_guard lock(mutex_);
  const bool of_upload = request.query.contains("uploadId");
  if (request.method == "POST") return of_upload ? complete(request) : create(request);
  if (request.method == "PUT") return of_upload ? put_part(request) : put_object(request);
  if (request.method == "DELETE")
    return of_upload ? abort(request) : (objects_.erase(request.key), S3Answer{204});
  if (of_upload) return list_parts(request);
  if (request.query.contains("uploads")) return list_uploads(request);
  if (request.query.contains("versions")) return document("ListVersionsResult", "");
  if (request.query.contains("list-type")) return document("ListBucketResult", "");
  return get(request);
}

S3Answer ThrowawayS3::create(const S3Request& request) {
  const std::string id = "upload-" + std::to_string(++last_id_);
  uploads_.emplace(id, Upload{.key = request.key, .fields = kept_fields(request), .parts = {}});
  return document("InitiateMultipartUploadResult", element("UploadId", id));
}

S3Answer ThrowawayS3::put_part(const S3Request& request) {
  const auto upload = uploads_.find(query(request, "uploadId"));
  if (upload == uploads_.end()) return refusal(404, "NoSuchUpload");
  upload->second.parts[number(query(request, "partNumber"))] = {request.size, request.checksum};
  return stored(request.checksum);
}

S3Answer ThrowawayS3::put_object(const S3Request& request) {
  Object object{.size = request.size, .fields = kept_fields(request), .body = request.body};
  objects_.insert_or_assign(request.key, std::move(object));
  return stored(request.checksum);
}

S3Answer ThrowawayS3::complete(const S3Request& request) {
  const auto found = uploads_.find(query(request, "uploadId"));
  if (found == uploads_.end()) return refusal(404, "NoSuchUpload");
  const Upload& upload = found->second;
  Object object{.fields = upload.fields};
  for (const auto& [unused, part] : upload.parts) object.size += part.size;
  const auto crc = whole_crc32c(upload.parts);
  objects_.insert_or_assign(upload.key, std::move(object));
  uploads_.erase(found);
  return document("CompleteMultipartUploadResult",
                  element("ETag", kETag) + (crc ? element("ChecksumCRC32C", crc32c_to_base64(*crc)) : ""));
}

S3Answer ThrowawayS3::abort(const S3Request& request) {
  return uploads_.erase(query(request, "uploadId")) == 0 ? refusal(404, "NoSuchUpload") : S3Answer{204};
}

S3Answer ThrowawayS3::list_parts(const S3Request& request) {
  const auto upload = uploads_.find(query(request, "uploadId"));
  if (upload == uploads_.end()) return refusal(404, "NoSuchUpload");
  const int marker = number(query(request, "part-number-marker"));
  std::string parts;
  for (const auto& [part_number, part] : upload->second.parts) {
    if (part_number <= marker) continue;
    parts += element("Part", element("PartNumber", std::to_string(part_number)) + element("ETag", kETag) +
                                 element("Size", std::to_string(part.size)));
  }
  return document("ListPartsResult", element("IsTruncated", "false") + parts);
}

S3Answer ThrowawayS3::list_uploads(const S3Request& request) {
  const std::string prefix = query(request, "prefix");
  std::string uploads;
  for (const auto& [id, upload] : uploads_)
    if (upload.key.ends_with("/" + prefix))
      uploads += element("Upload", element("Key", prefix) + element("UploadId", id));
  return document("ListMultipartUploadsResult", element("IsTruncated", "false") + uploads);
}

S3Answer ThrowawayS3::get(const S3Request& request) {
  const auto found = objects_.find(request.key);
  if (found == objects_.end()) return refusal(404, request.method == "HEAD" ? "NotFound" : "NoSuchKey");
  const Object& object = found->second;
  S3Answer answer{.fields = object.fields, .body = object.body, .length = object.size};
  answer.fields.push_back({"ETag", kETag});
  if (object.size > kKeptBytesMax && request.method != "HEAD") return refusal(501, "NotImplemented");
  return answer;
}

}  // namespace longshore::bench
