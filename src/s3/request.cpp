#include "s3/request.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include <pugixml.hpp>

#include "base/encoding.h"

namespace longshore::s3 {
namespace {

constexpr const char* kMetadataPrefix = "x-amz-meta-";
constexpr const char* kXmlNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

// A page of parts is S3's own largest one; pages of keys are small, since the first entries are all that we
// want, and their keys are long.
constexpr const char* kPartsOfPage = "1000";
constexpr const char* kKeysOfPage = "100";

// A field's value as it arrives: signatures cover it with blanks collapsed, and some servers do that too.
std::string collapse_blanks(std::string_view text) {
  std::string collapsed;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank)
      collapsed.push_back(c);
    else if (!collapsed.empty() && collapsed.back() != ' ')
      collapsed.push_back(' ');
  }
  if (collapsed.ends_with(' ')) collapsed.pop_back();
  return collapsed;
}

void add(HttpFields& fields, const char* name, std::string_view value) {
  std::string collapsed = collapse_blanks(value);
  if (!collapsed.empty()) fields.push_back({name, std::move(collapsed)});
}

std::string tagging_of(const TextMap& tags) {
  std::string text;
  for (const auto& [key, value] : tags) {
    text += (text.empty() ? "" : "&") + percent_encode(key) + "=" + percent_encode(value);
  }
  return text;
}

// Its terms are for us alone.
std::string upload_id(const StoreUploadId& upload) { return std::string(upload.id()); }

std::string quoted(const ETag& etag) { return "\"" + etag.str() + "\""; }

// How a body is sent: with its checksum in front where that is known, else behind it where the store takes
// that.
void add_checksum(Call& call, const ChecksumPlan& plan, std::optional<std::uint32_t> crc32c,
                  std::int64_t size) {
  call.payload = Payload::streamed;
  if (plan.way == ChecksumWay::none) return;
  if (plan.algorithm == ChecksumAlgorithm::crc32c && crc32c) {
    add(call.fields, "x-amz-checksum-crc32c", crc32c_to_base64(*crc32c));
  } else if (plan.declared()) {
    call.payload = Payload::streamed_trailer;
    add(call.fields, "content-encoding", "aws-chunked");
    add(call.fields, "x-amz-decoded-content-length", std::to_string(size));
    add(call.fields, "x-amz-trailer", header_name(plan.algorithm));
  }
}

std::string completion_xml(const CompleteUpload& request, const ChecksumPlan& plan) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  root.append_attribute("xmlns") = kXmlNamespace;
  const bool lists_checksums = plan.declared() && plan.algorithm == ChecksumAlgorithm::crc32c;
  for (const CompletePart& part : request.parts) {
    pugi::xml_node node = root.append_child("Part");
    node.append_child("PartNumber").text() = part.number.value();
    node.append_child("ETag").text() = quoted(part.etag).c_str();
    if (lists_checksums && part.crc32c)
      node.append_child("ChecksumCRC32C").text() = crc32c_to_base64(*part.crc32c).c_str();
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return std::move(text).str();
}

bool is_prefixed(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() &&
         std::ranges::equal(name.substr(0, prefix.size()), prefix, {}, [](char c) {
           return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
         });
}

std::string value_of(const HttpFields& fields, std::string_view name) {
  const std::string* value = find_field(fields, name);
  return value != nullptr ? *value : std::string();
}

}  // namespace

HttpFields fields_of(const ObjectHeaders& headers) {
  HttpFields fields;
  add(fields, "content-type", headers.content_type);
  add(fields, "content-disposition", headers.content_disposition);
  add(fields, "cache-control", headers.cache_control);
  add(fields, "x-amz-storage-class", headers.storage_class);
  add(fields, "x-amz-tagging", tagging_of(headers.tags));
  for (const auto& [name, value] : headers.user_metadata) {
    add(fields, (kMetadataPrefix + name).c_str(), value);
  }
  return fields;
}

ObjectHeaders headers_of(const HttpFields& fields) {
  ObjectHeaders headers{.content_type = value_of(fields, "content-type"),
                        .content_disposition = value_of(fields, "content-disposition"),
                        .cache_control = value_of(fields, "cache-control"),
                        .storage_class = value_of(fields, "x-amz-storage-class")};
  for (const HttpField& field : fields) {
    if (!is_prefixed(field.name, kMetadataPrefix)) continue;
    std::string name = field.name.substr(std::string_view(kMetadataPrefix).size());
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers.user_metadata.emplace(std::move(name), field.value);
  }
  return headers;
}

// A create whose answer was lost may have made an upload: sent again, it would make a second one.
Call create_upload_call(const CreateUpload& request, const ChecksumPlan& plan) {
  Call call{
      .name = "CreateMultipartUpload", .method = "POST", .key = request.key, .query = {{"uploads", ""}}};
  call.fields = fields_of(request.headers);
  if (plan.declared()) {
    add(call.fields, "x-amz-checksum-algorithm", algorithm_name(plan.algorithm));
    add(call.fields, "x-amz-checksum-type", plan.way == ChecksumWay::full ? "FULL_OBJECT" : "COMPOSITE");
  }
  call.repeat = Repeat::not_done;
  return call;
}

Call put_part_call(const PutPart& request, const ChecksumPlan& plan) {
  Call call{.name = "UploadPart",
            .method = "PUT",
            .key = request.key,
            .query = {{"partNumber", std::to_string(request.number.value())},
                      {"uploadId", upload_id(request.upload)}}};
  add_checksum(call, plan, request.crc32c, request.size);
  return call;
}

// Some stores spoil an upload when two completions of it run at once.
Call complete_upload_call(const CompleteUpload& request, const ChecksumPlan& plan,
                          const std::string& checksum) {
  Call call{.name = "CompleteMultipartUpload",
            .method = "POST",
            .key = request.key,
            .query = {{"uploadId", upload_id(request.upload)}},
            .fields = {{"content-type", "application/xml"}}};
  call.body = completion_xml(request, plan);
  if (plan.way == ChecksumWay::full) {
    add(call.fields, "x-amz-checksum-type", "FULL_OBJECT");
    add(call.fields, header_name(plan.algorithm).c_str(), checksum);
  }
  call.repeat = Repeat::by_caller;
  return call;
}

Call abort_upload_call(const ObjectKey& key, const StoreUploadId& upload) {
  return {.name = "AbortMultipartUpload",
          .method = "DELETE",
          .key = key,
          .query = {{"uploadId", upload_id(upload)}}};
}

Call list_parts_call(const ObjectKey& key, const StoreUploadId& upload, const std::string& marker) {
  Call call{.name = "ListParts",
            .method = "GET",
            .key = key,
            .query = {{"uploadId", upload_id(upload)}, {"max-parts", kPartsOfPage}}};
  if (!marker.empty()) call.query.emplace_back("part-number-marker", marker);
  return call;
}

Call list_uploads_call(const ObjectKey& key, const UploadsMarker& marker) {
  Call call{
      .name = "ListMultipartUploads",
      .method = "GET",
      .key = {},
      .query = {
          {"uploads", ""}, {"prefix", key.str()}, {"max-uploads", kKeysOfPage}, {"encoding-type", "url"}}};
  if (!marker.key.empty()) call.query.emplace_back("key-marker", marker.key);
  if (!marker.upload.empty()) call.query.emplace_back("upload-id-marker", marker.upload);
  return call;
}

Call put_object_call(const PutObject& request, const ChecksumPlan& plan) {
  Call call{.name = "PutObject", .method = "PUT", .key = request.key};
  call.fields = fields_of(request.headers);
  add_checksum(call, plan, std::nullopt, request.size);
  return call;
}

Call head_call(const ObjectKey& key, const ChecksumPlan& plan) {
  Call call{.name = "HeadObject", .method = "HEAD", .key = key};
  if (plan.way != ChecksumWay::none) add(call.fields, "x-amz-checksum-mode", "ENABLED");
  return call;
}

Call get_call(const ObjectKey& key, const std::string& version_id, const std::optional<ByteRange>& range) {
  Call call{.name = "GetObject", .method = "GET", .key = key};
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
  if (range) {
    add(call.fields, "range", "bytes=" + std::to_string(range->first) + "-" + std::to_string(range->last));
  }
  return call;
}

Call list_versions_call(const ObjectKey& key, const VersionsMarker& marker) {
  Call call{
      .name = "ListObjectVersions",
      .method = "GET",
      .key = {},
      .query = {
          {"versions", ""}, {"prefix", key.str()}, {"max-keys", kKeysOfPage}, {"encoding-type", "url"}}};
  if (!marker.key.empty()) call.query.emplace_back("key-marker", marker.key);
  if (!marker.version.empty()) call.query.emplace_back("version-id-marker", marker.version);
  return call;
}

// The key itself is the first of those that begin with it.
Call list_objects_call(const ObjectKey& key) {
  return {.name = "ListObjectsV2",
          .method = "GET",
          .key = {},
          .query = {{"list-type", "2"}, {"prefix", key.str()}, {"max-keys", "1"}, {"encoding-type", "url"}}};
}

Call delete_call(const ObjectKey& key, const std::string& version_id) {
  Call call{.name = "DeleteObject", .method = "DELETE", .key = key};
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
  return call;
}

}  // namespace longshore::s3
