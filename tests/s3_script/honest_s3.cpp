#include "tests/s3_script/honest_s3.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "base/hash.h"
#include "domain/error.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3_script {
namespace {

using fakes::FakeObjectStore;
using fakes::SeenRequest;

constexpr const char* kChecksum = "x-amz-checksum-crc32c";

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string element(const char* name, const std::string& text) {
  return std::string("<") + name + ">" + text + "</" + name + ">";
}

std::uint32_t crc_of(const std::string& text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

/// A body in aws-chunked coding, decoded; nullopt: it is malformed, or its trailer is not its checksum.
std::optional<std::string> decoded(const std::string& body) {
  std::string plain;
  std::size_t at = 0;
  for (;;) {
    const std::size_t line = body.find("\r\n", at);
    if (line == std::string::npos) return std::nullopt;
    std::size_t size = 0;
    std::from_chars(body.data() + at, body.data() + line, size, 16);
    at = line + 2;
    if (size == 0) break;
    plain += body.substr(at, size);
    at += size + 2;
  }
  const std::string trailer = std::string(kChecksum) + ":" + crc32c_to_base64(crc_of(plain)) + "\r\n\r\n";
  return body.substr(at) == trailer ? std::optional(plain) : std::nullopt;
}

/// One request, answered.
class Honest {
 public:
  Honest(FakeObjectStore& store, const FakeS3Options& options, const SeenRequest& request, const Asked& what)
      : store_(store), options_(options), request_(request), what_(what), key_(what.key) {}

  std::string answer() {
    const std::string& call = what_.call;
    if (call == "CreateMultipartUpload") return create();
    if (call == "UploadPart" || call == "PutObject") return put();
    if (call == "CompleteMultipartUpload") return complete();
    if (call == "AbortMultipartUpload")
      return (await(store_.abort_upload(key_, upload())), answer_text(204, "", ""));
    if (call == "ListParts") return list_parts();
    if (call == "ListMultipartUploads") return list_uploads();
    if (call == "ListObjectVersions") return list_versions();
    if (call == "ListObjectsV2") return list_objects();
    if (call == "HeadObject") return head();
    if (call == "GetObject") return get();
    return (await(store_.delete_object(key_)), answer_text(204, "", ""));
  }

 private:
  [[nodiscard]] std::string query(const char* name) const {
    const auto found = what_.query.find(name);
    return found == what_.query.end() ? "" : found->second;
  }
  [[nodiscard]] StoreUploadId upload() const { return StoreUploadId(query("uploadId")); }

  [[nodiscard]] ObjectHeaders headers() const {
    ObjectHeaders headers{.content_type = request_.field("content-type")};
    for (const char* name : {"node-id", "connector-id", "upload-id", kUploadTokenMetadata})
      headers.user_metadata[name] = request_.field(std::string("x-amz-meta-") + name);
    return headers;
  }

  std::string create() {
    if (!request_.field("x-amz-checksum-algorithm").empty() && !options_.takes_checksums)
      return answer_text(501, "", error_text("NotImplemented"));
    const StoreUploadId id = await(store_.create_upload({.key = key_, .headers = headers()}));
    return answer_text(200, "", element("InitiateMultipartUploadResult", element("UploadId", id.str())));
  }

  std::string put() {
    std::string bytes = request_.body;
    if (request_.field("x-amz-content-sha256").starts_with("STREAMING-")) {
      auto plain = decoded(bytes);
      if (!plain) return answer_text(400, "", error_text("BadDigest"));
      bytes = std::move(*plain);
    }
    const std::string crc = crc32c_to_base64(crc_of(bytes));
    if (const std::string claimed = request_.field(kChecksum); !claimed.empty() && claimed != crc)
      return answer_text(400, "", error_text("BadDigest"));
    fakes::ScriptedBody body(bytes);
    const auto size = static_cast<std::int64_t>(bytes.size());
    const ETag etag = what_.call == "PutObject"
                          ? await(store_.put_object({.key = key_, .headers = headers(), .size = size}, body))
                                .etag
                          : await(store_.put_part({.key = key_,
                                                   .upload = upload(),
                                                   .number = PartNumber{number_of(query("partNumber"))},
                                                   .size = size},
                                                  body))
                                .etag;
    const std::string shown = options_.takes_checksums ? std::string(kChecksum) + ": " + crc + "\r\n" : "";
    return answer_text(200, "ETag: \"" + etag.str() + "\"\r\n" + shown, "");
  }

  std::string complete() {
    CompleteUpload complete{.key = key_, .upload = upload()};
    const auto known = store_.uploads().find(complete.upload);
    for (std::size_t at = 0; (at = request_.body.find("<PartNumber>", at)) != std::string::npos; ++at) {
      CompletePart part{.number = PartNumber{number_of(request_.body.substr(at + 12, 6))}};
      const std::size_t etag = request_.body.find("<ETag>\"", at) + 7;
      part.etag = ETag(request_.body.substr(etag, request_.body.find('"', etag) - etag));
      const auto* stored = store_.part(complete.upload, part.number);
      if (known != store_.uploads().end() && stored != nullptr) part.size = std::ssize(stored->bytes);
      complete.parts.push_back(std::move(part));
    }
    const StoredObject object = await(store_.complete_upload(complete));
    const std::string crc = crc32c_to_base64(crc_of(store_.object(key_)->bytes));
    const std::string shown = options_.takes_checksums ? element("ChecksumCRC32C", crc) : "";
    return answer_text(
        200, "",
        element("CompleteMultipartUploadResult", element("ETag", "\"" + object.etag.str() + "\"") + shown));
  }

  std::string list_parts() {
    std::string page;
    int left = std::min(options_.page, number_of(query("max-parts")));
    std::string last;
    for (const ListedPart& part : await(store_.list_parts(key_, upload()))) {
      const std::string number = std::to_string(part.number.value());
      if (part.number.value() <= number_of(query("part-number-marker"))) continue;
      if (left-- == 0)
        return answer_text(200, "",
                           element("ListPartsResult", element("IsTruncated", "true") +
                                                          element("NextPartNumberMarker", last) + page));
      page += element("Part", element("PartNumber", number) + element("ETag", "\"" + part.etag.str() + "\"") +
                                  element("Size", std::to_string(part.size)));
      last = number;
    }
    return answer_text(200, "", element("ListPartsResult", page));
  }

  std::string list_uploads() {
    std::string page;
    for (const StoreUploadId& id : await(store_.list_uploads(ObjectKey(query("prefix")))))
      page += element("Upload", element("Key", query("prefix")) + element("UploadId", id.str()) +
                                    element("Initiated", "2010-11-10T20:48:33.000Z"));
    return answer_text(200, "", element("ListMultipartUploadsResult", page));
  }

  std::string list_versions() {
    const bool there = store_.object(ObjectKey(query("prefix"))) != nullptr;
    const std::string version = element("Version",
                                        element("Key", query("prefix")) + element("VersionId", "null"));
    return answer_text(200, "", element("ListVersionsResult", there ? version : ""));
  }

  std::string list_objects() {
    const auto* object = store_.object(ObjectKey(query("prefix")));
    std::string entry;
    if (object != nullptr)
      entry = element("Contents", element("Key", query("prefix")) + element("ETag", object->etag.str()) +
                                      element("Size", std::to_string(object->bytes.size())));
    return answer_text(200, "", element("ListBucketResult", entry));
  }

  std::string head() {
    const auto* object = store_.object(key_);
    if (object == nullptr) return answer_text(404, "", "");
    std::string fields = "ETag: \"" + object->etag.str() +
                         "\"\r\nContent-Length: " + std::to_string(object->bytes.size()) + "\r\n";
    for (const auto& [name, value] : object->headers.user_metadata)
      fields += "x-amz-meta-" + name + ": " + value + "\r\n";
    return "HTTP/1.1 200 X\r\n" + fields + "\r\n";
  }

  std::string get() {
    const auto* object = store_.object(key_);
    if (object == nullptr) return answer_text(404, "", error_text("NoSuchKey"));
    const std::string etag = "\"" + object->etag.str() + "\"";
    const std::string wanted = request_.field("if-match");
    if (!wanted.empty() && wanted != etag) return answer_text(412, "", error_text("PreconditionFailed"));
    const std::string range = request_.field("range");  // "bytes=5-9"
    const std::size_t dash = range.find('-');
    if (dash == std::string::npos) return answer_text(200, "ETag: " + etag + "\r\n", object->bytes);
    const auto first = static_cast<std::size_t>(number_of(range.substr(range.find('=') + 1, dash)));
    const auto last = static_cast<std::size_t>(number_of(range.substr(dash + 1)));
    const std::size_t size = object->bytes.size();
    if (first > last || last >= size) return answer_text(416, "", error_text("InvalidRange"));
    return answer_text(206,
                       "ETag: " + etag + "\r\nContent-Range: bytes " + range.substr(range.find('=') + 1) +
                           "/" + std::to_string(size) + "\r\n",
                       object->bytes.substr(first, last - first + 1));
  }

  FakeObjectStore& store_;
  const FakeS3Options& options_;
  const SeenRequest& request_;
  const Asked& what_;
  const ObjectKey key_;
};

}  // namespace

std::string answer_text(int status, const std::string& fields, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string error_text(const std::string& code, const std::string& message) {
  return element("Error", element("Code", code) + element("Message", message));
}

std::string honest_answer(FakeObjectStore& store, const FakeS3Options& options, const SeenRequest& request,
                          const Asked& what) {
  try {
    return Honest(store, options, request, what).answer();
  } catch (const Error& error) {
    const int status = error.outcome() == Outcome::absent ? 404 : 400;
    return answer_text(status, "", error_text(error.details().store_code, error.message()));
  }
}

}  // namespace longshore::s3_script
