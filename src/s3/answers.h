#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/object_store.h"
#include "s3/checksum.h"

/// What stores say in XML, as values. Pure. Every reader throws Error store_unavailable with an unknown
/// outcome when the text is not, as a whole, the answer that it should be: a success is believed by its root
/// alone.
namespace longshore::s3 {

/// Body of a refusal; also of a 200 that is none.
struct ErrorAnswer {
  std::string code;
  std::string message;
  std::string region;    // where the bucket is, if the store says so
  std::string endpoint;  // likewise, as a host
};
/// nullopt: it is something else, an HTML page for instance.
std::optional<ErrorAnswer> error_answer(std::string_view body);

/// The bare id.
StoreUploadId created_upload(std::string_view body);

struct CompletedAnswer {
  ETag etag;
  std::string crc32c;  // as it stands there; empty: none
  std::string crc64nvme;

  [[nodiscard]] const std::string& checksum(ChecksumAlgorithm algorithm) const {
    return algorithm == ChecksumAlgorithm::crc32c ? crc32c : crc64nvme;
  }
};
CompletedAnswer completed_upload(std::string_view body);

/// A part, and what the port has no use for.
struct PartEntry {
  ListedPart part;
  std::optional<std::uint64_t> crc64nvme;
};

/// One page of a list. `next`, empty on the last page, is where the following one begins.
struct PartsPage {
  std::vector<PartEntry> parts;
  std::string next;
};
PartsPage parts_page(std::string_view body);

struct UploadsMarker {
  std::string key;
  std::string upload;
  auto operator<=>(const UploadsMarker&) const = default;
};
struct ListedUpload {
  ObjectKey key;
  StoreUploadId upload;
};
struct UploadsPage {
  std::vector<ListedUpload> uploads;
  std::optional<UploadsMarker> next;
};
UploadsPage uploads_page(std::string_view body);

struct VersionsMarker {
  std::string key;
  std::string version;
  auto operator<=>(const VersionsMarker&) const = default;
};
struct ListedVersion {  // of an object, or a marker of its deletion
  ObjectKey key;
  std::string version_id;
};
struct VersionsPage {
  std::vector<ListedVersion> versions;
  std::optional<VersionsMarker> next;
};
VersionsPage versions_page(std::string_view body);

/// ListObjectsV2; no more than its first page is ever needed.
struct ListedObject {
  ObjectKey key;
  ETag etag;
  std::int64_t size = 0;
};
std::vector<ListedObject> listed_objects(std::string_view body);

/// As the port has it: empty where the bucket has no versions, or had none when the object was written.
std::string version_of(std::string_view field);

/// Stores write ETags with quotes or without.
ETag etag_of(std::string_view text);

}  // namespace longshore::s3
