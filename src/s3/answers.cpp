#include "s3/answers.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "aws/xml.h"
#include "base/encoding.h"

namespace longshore::s3 {
namespace {

using aws::XmlDocument;
using aws::XmlElement;

Error unreadable(const std::string& why) {
  return unavailable(Reason::store_unavailable, "the store's answer cannot be relied upon: " + why,
                     Outcome::unknown);
}

XmlDocument document_of(std::string_view body, std::string_view root) {
  auto document = XmlDocument::parse(body);
  if (!document) throw unreadable("it is no whole XML");
  if (document->root().name() != root) throw unreadable("it is no " + std::string(root));
  return std::move(*document);
}

std::string required(const XmlElement& element, const char* child) {
  auto text = element.text(child);
  if (!text || text->empty()) throw unreadable("it has no " + std::string(child));
  return std::move(*text);
}

template <class Number>
Number number_of(const XmlElement& element, const char* child, Number min) {
  const std::string text = required(element, child);
  Number value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value < min)
    throw unreadable(std::string(child) + " is no number that it may be");
  return value;
}

bool is_truncated(const XmlElement& root) {
  const std::string text = root.text("IsTruncated").value_or("false");
  if (text != "true" && text != "false") throw unreadable("IsTruncated is neither true nor false");
  return text == "true";
}

// What a page was asked to encode: some stores do not, and say so by leaving EncodingType out.
class KeyDecoder {
 public:
  explicit KeyDecoder(const XmlElement& root) : encoded_(root.text("EncodingType") == "url") {}

  [[nodiscard]] std::string decode(std::string text) const {
    if (!encoded_) return text;
    std::ranges::replace(text, '+', ' ');  // as HTML forms write a blank; a plus is %2B
    auto plain = percent_decode(text);
    if (!plain) throw unreadable("a key's encoding is malformed");
    return std::move(*plain);
  }

 private:
  bool encoded_;
};

}  // namespace

ETag etag_of(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return ETag(std::string(text));
}

std::string version_of(std::string_view field) { return field == "null" ? "" : std::string(field); }

std::optional<ErrorAnswer> error_answer(std::string_view body) {
  const auto document = XmlDocument::parse(body);
  if (!document || document->root().name() != "Error") return std::nullopt;
  const XmlElement root = document->root();
  return ErrorAnswer{.code = root.text("Code").value_or(""),
                     .message = root.text("Message").value_or(""),
                     .region = root.text("Region").value_or(""),
                     .endpoint = root.text("Endpoint").value_or("")};
}

StoreUploadId created_upload(std::string_view body) {
  const XmlDocument document = document_of(body, "InitiateMultipartUploadResult");
  std::string id = required(document.root(), "UploadId");
  if (id.find(' ') != std::string::npos) throw unreadable("no store's upload has such an id");
  return StoreUploadId(std::move(id));
}

CompletedAnswer completed_upload(std::string_view body) {
  const XmlDocument document = document_of(body, "CompleteMultipartUploadResult");
  return {.etag = etag_of(required(document.root(), "ETag")),
          .crc32c = document.root().text(element_name(ChecksumAlgorithm::crc32c)).value_or(""),
          .crc64nvme = document.root().text(element_name(ChecksumAlgorithm::crc64nvme)).value_or("")};
}

PartsPage parts_page(std::string_view body) {
  const XmlDocument document = document_of(body, "ListPartsResult");
  const XmlElement root = document.root();
  PartsPage page;
  for (const XmlElement& part : root.children("Part")) {
    page.parts.push_back(
        {.part = {.number = PartNumber{number_of<std::int32_t>(part, "PartNumber", 1)},
                  .etag = etag_of(required(part, "ETag")),
                  .size = number_of<std::int64_t>(part, "Size", 0),
                  .crc32c = crc32c_of(part.text(element_name(ChecksumAlgorithm::crc32c)).value_or(""))},
         .crc64nvme = crc64nvme_of(part.text(element_name(ChecksumAlgorithm::crc64nvme)).value_or(""))});
  }
  if (is_truncated(root)) page.next = required(root, "NextPartNumberMarker");
  return page;
}

UploadsPage uploads_page(std::string_view body) {
  const XmlDocument document = document_of(body, "ListMultipartUploadsResult");
  const XmlElement root = document.root();
  const KeyDecoder decoder(root);
  UploadsPage page;
  for (const XmlElement& upload : root.children("Upload")) {
    page.uploads.push_back(
        {ObjectKey(decoder.decode(required(upload, "Key"))), StoreUploadId(required(upload, "UploadId"))});
  }
  if (is_truncated(root)) {
    page.next = UploadsMarker{.key = decoder.decode(required(root, "NextKeyMarker")),
                              .upload = root.text("NextUploadIdMarker").value_or("")};
  }
  return page;
}

VersionsPage versions_page(std::string_view body) {
  const XmlDocument document = document_of(body, "ListVersionsResult");
  const XmlElement root = document.root();
  const KeyDecoder decoder(root);
  VersionsPage page;
  for (const char* kind : {"Version", "DeleteMarker"}) {
    for (const XmlElement& version : root.children(kind)) {
      page.versions.push_back(
          {ObjectKey(decoder.decode(required(version, "Key"))), required(version, "VersionId")});
    }
  }
  if (is_truncated(root)) {
    page.next = VersionsMarker{.key = decoder.decode(required(root, "NextKeyMarker")),
                               .version = root.text("NextVersionIdMarker").value_or("")};
  }
  return page;
}

std::vector<ListedObject> listed_objects(std::string_view body) {
  const XmlDocument document = document_of(body, "ListBucketResult");
  const KeyDecoder decoder(document.root());
  std::vector<ListedObject> objects;
  for (const XmlElement& object : document.root().children("Contents")) {
    objects.push_back({.key = ObjectKey(decoder.decode(required(object, "Key"))),
                       .etag = etag_of(object.text("ETag").value_or("")),
                       .size = number_of<std::int64_t>(object, "Size", 0)});
  }
  return objects;
}

}  // namespace longshore::s3
