#include "tests/s3_script/honest_s3.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "domain/error.h"
#include "s3/checksum.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3_script {
namespace {

using fakes::FakeObjectStore;
using fakes::SeenRequest;

using s3::ChecksumAlgorithm;

constexpr ChecksumAlgorithm kAlgorithms[] = {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme};

/// Kept with an upload as metadata: "CRC32C FULL_OBJECT"; "": nothing was declared.
constexpr const char* kDeclared = "declared-checksum";

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string element(const char* name, const std::string& text) {
  return std::string("<") + name + ">" + text + "</" + name + ">";
}

std::string checksum_of(ChecksumAlgorithm algorithm, const std::string& bytes) {
  s3::RunningChecksum checksum(algorithm);
  checksum.update(as_bytes(bytes));
  return checksum.base64();
}

/// A body in aws-chunked coding, decoded; nullopt: it is malformed, or its trailer is not its checksum.
std::optional<std::string> decoded(const std::string& body, ChecksumAlgorithm algorithm) {
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
  const std::string trailer = s3::header_name(algorithm) + ":" + checksum_of(algorithm, plain) + "\r\n\r\n";
  return body.substr(at) == trailer ? std::optional(plain) : std::nullopt;
}

/// One request, answered.
class Honest {
 public:
  Honest(FakeObjectStore& store, ShownChecksums& shown, const FakeS3Options& options,
         const SeenRequest& request, const Asked& what)
      : store_(store), shown_(shown), options_(options), request_(request), what_(what), key_(what.key) {}

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

  [[nodiscard]] bool takes(const std::string& declared) const {
    switch (options_.checksums) {
      case Checksums::untaken:
        return false;
      case Checksums::taken:
        return declared != "CRC64NVME COMPOSITE";
      case Checksums::only_nvme:
        return declared == "CRC64NVME FULL_OBJECT";
      case Checksums::only_composite:
        return declared == "CRC32C COMPOSITE";
    }
    return false;
  }

  std::string create() {
    std::string declared = request_.field("x-amz-checksum-algorithm");
    if (!declared.empty()) declared += " " + request_.field("x-amz-checksum-type");
    if (!declared.empty() && !takes(declared)) return answer_text(501, "", error_text("NotImplemented"));
    ObjectHeaders with = headers();
    with.user_metadata[kDeclared] = declared;
    const StoreUploadId id = await(store_.create_upload({.key = key_, .headers = std::move(with)}));
    return answer_text(200, "", element("InitiateMultipartUploadResult", element("UploadId", id.str())));
  }

  /// What the upload was created on.
  [[nodiscard]] std::string declared() const {
    const auto found = store_.uploads().find(upload());
    return found == store_.uploads().end() ? "" : found->second.request.headers.user_metadata.at(kDeclared);
  }

  /// The one that the request's checksum is of, in a field or a trailer; nullopt: it has none.
  [[nodiscard]] std::optional<ChecksumAlgorithm> given() const {
    for (const ChecksumAlgorithm algorithm : kAlgorithms) {
      const std::string name = s3::header_name(algorithm);
      if (!request_.field(name).empty() || request_.field("x-amz-trailer") == name) return algorithm;
    }
    return std::nullopt;
  }

  std::string put() {
    const bool is_part = what_.call == "UploadPart";
    const auto algorithm = given();
    const std::string wanted = declared();
    const bool fits = wanted.empty() ? request_.field("x-amz-trailer").empty()
                                     : algorithm && wanted.starts_with(s3::algorithm_name(*algorithm));
    if (is_part && !fits) return answer_text(400, "", error_text("InvalidRequest"));
    std::string bytes = request_.body;
    if (request_.field("x-amz-content-sha256").starts_with("STREAMING-")) {
      auto plain = decoded(bytes, *algorithm);
      if (!plain) return answer_text(400, "", error_text("BadDigest"));
      bytes = std::move(*plain);
    }
    const std::string field = algorithm ? s3::header_name(*algorithm) : "";
    const std::string checksum = algorithm ? checksum_of(*algorithm, bytes) : "";
    if (const std::string claimed = request_.field(field); !claimed.empty() && claimed != checksum)
      return answer_text(400, "", error_text("BadDigest"));
    fakes::ScriptedBody body(bytes);
    const auto size = static_cast<std::int64_t>(bytes.size());
    const ETag etag = is_part
                          ? await(store_.put_part({.key = key_,
                                                   .upload = upload(),
                                                   .number = PartNumber{number_of(query("partNumber"))},
                                                   .size = size},
                                                  body))
                                .etag
                          : await(store_.put_object({.key = key_, .headers = headers(), .size = size}, body))
                                .etag;
    const bool is_shown = algorithm && options_.checksums != Checksums::untaken;
    const std::string shown = is_shown ? field + ": " + checksum + "\r\n" : "";
    if (!is_part) shown_[key_.str()] = shown;
    return answer_text(200, "ETag: \"" + etag.str() + "\"\r\n" + shown, "");
  }

  std::string complete() {
    CompleteUpload complete{.key = key_, .upload = upload()};
    const std::string on = declared();
    const auto algorithm = on.starts_with("CRC64NVME") ? ChecksumAlgorithm::crc64nvme
                                                       : ChecksumAlgorithm::crc32c;
    std::string checksums;  // of the parts, behind each other
    for (std::size_t at = 0; (at = request_.body.find("<PartNumber>", at)) != std::string::npos; ++at) {
      CompletePart part{.number = PartNumber{number_of(request_.body.substr(at + 12, 6))}};
      const std::size_t etag = request_.body.find("<ETag>\"", at) + 7;
      part.etag = ETag(request_.body.substr(etag, request_.body.find('"', etag) - etag));
      if (const auto* stored = store_.part(complete.upload, part.number); stored != nullptr) {
        part.size = std::ssize(stored->bytes);
        checksums += base64_decode(checksum_of(algorithm, stored->bytes)).value();
      }
      complete.parts.push_back(std::move(part));
    }
    const bool is_full = on.ends_with("FULL_OBJECT");
    if (store_.uploads().contains(complete.upload) &&
        is_full != (request_.field("x-amz-checksum-type") == "FULL_OBJECT"))
      return answer_text(400, "", error_text("InvalidRequest"));
    const StoredObject object = await(store_.complete_upload(complete));
    std::string shown = checksum_of(algorithm, is_full ? store_.object(key_)->bytes : checksums);
    if (!is_full) shown += "-" + std::to_string(complete.parts.size());
    if (on.empty()) shown.clear();
    if (!shown.empty()) shown_[key_.str()] = s3::header_name(algorithm) + ": " + shown + "\r\n";
    return answer_text(200, "",
                       element("CompleteMultipartUploadResult",
                               element("ETag", "\"" + object.etag.str() + "\"") +
                                   (shown.empty() ? "" : element(s3::element_name(algorithm), shown))));
  }

  [[nodiscard]] std::string listed_checksum(PartNumber number) const {
    const std::string on = declared();
    for (const ChecksumAlgorithm algorithm : kAlgorithms) {
      if (on.starts_with(std::string(s3::algorithm_name(algorithm)) + " "))
        return element(s3::element_name(algorithm),
                       checksum_of(algorithm, store_.part(upload(), number)->bytes));
    }
    return "";
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
                                  element("Size", std::to_string(part.size)) + listed_checksum(part.number));
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
    if (request_.field("x-amz-checksum-mode") == "ENABLED") fields += shown_[key_.str()];
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
  ShownChecksums& shown_;
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

std::string honest_answer(FakeObjectStore& store, ShownChecksums& shown, const FakeS3Options& options,
                          const SeenRequest& request, const Asked& what) {
  try {
    return Honest(store, shown, options, request, what).answer();
  } catch (const Error& error) {
    const int status = error.outcome() == Outcome::absent ? 404 : 400;
    return answer_text(status, "", error_text(error.details().store_code, error.message()));
  }
}

}  // namespace longshore::s3_script
