#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "domain/error.h"
#include "domain/ids.h"
#include "domain/operation.h"
#include "domain/times.h"
#include "ports/body_source.h"

namespace longshore {

/// What the object carries at the store. `user_metadata` becomes x-amz-meta-*: values are safe for a header
/// already.
struct ObjectHeaders {
  std::string content_type;
  std::string content_disposition;
  std::string cache_control;
  std::string storage_class;
  TextMap tags;
  TextMap user_metadata;  // node-id, connector-id, original-name, upload-id, upload-token
};
inline constexpr const char* kUploadTokenMetadata = "upload-token";

struct CreateUpload {
  ObjectKey key;
  ObjectHeaders headers;
  std::optional<std::int64_t> chunk_size;  // fixed geometry, where known: lets a store place a part at its
                                           // final offset
};

struct PutPart {
  ObjectKey key;
  StoreUploadId upload;
  PartNumber number;
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;  // announced by the client; the body verifies it, a store may too
};

struct StoredPart {
  ETag etag;
};

struct ListedPart {
  PartNumber number;
  ETag etag;
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;
};

struct CompletePart {
  PartNumber number;
  ETag etag;
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;
};

struct CompleteUpload {
  ObjectKey key;
  StoreUploadId upload;
  std::vector<CompletePart> parts;      // ascending
  std::optional<std::uint32_t> crc32c;  // of the whole, where known
};

struct PutObject {
  ObjectKey key;
  ObjectHeaders headers;
  std::int64_t size = 0;
};

/// S3's composite checksum: over those of the object's parts, each four bytes in network order.
struct CompositeChecksum {
  std::uint32_t crc32c = 0;
  std::int32_t parts = 0;
  bool operator==(const CompositeChecksum&) const = default;
};

struct ObjectInfo {
  StoredObject object;
  ObjectHeaders headers;  // as far as the store tells
  /// Empty: the object carries none, so it is not ours. nullopt: the store did not show the metadata (SSE-C
  /// without its key).
  std::optional<UploadToken> token;
  std::optional<CompositeChecksum> composite = {};  // where the store shows that, and none of the bytes
};

struct ByteRange {
  std::int64_t first = 0;
  std::int64_t last = 0;  // included
};

struct Capabilities {
  bool complete_twice_harmless = false;  // a second completion of one upload changes nothing
  bool in_process = false;               // what was asked of it ends when this process does
  bool lists_uploads = true;             // list_uploads shows all there is; else it proves nothing, and
                                         // nobody asks for it
  bool resends_bodies = false;  // a put that failed is tried again where the body can be rewound: it is worth
                                // keeping
  std::string bucket;           // "" for a folder
  std::optional<Millis> unfinished_lifetime;  // the store's own clean-up of uploads that nobody finished
  /// So long after it has left us a completion of which nothing is known may be under way.
  Millis completion_deadline = kCompletionDeadline;
};

/// Bytes and parts. S3's semantics, whatever is behind. Thread-safe; every call may be made from any
/// executor. Errors: Error with reason store_refused, store_unavailable or integrity, and the Outcome, which
/// says what is known of the effect. `absent` is thrown only on the exact answers NoSuchUpload / NoSuchKey.
/// An error that leaves a BodySource passes through unchanged, and nothing of that body is stored. A
/// cancelled call has outcome unknown.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  virtual Task<StoreUploadId> create_upload(CreateUpload request) = 0;
  /// Replaces an earlier part of that number once the body has ended well; an earlier part may be gone after
  /// a failure.
  virtual Task<StoredPart> put_part(PutPart request, BodySource& body) = 0;
  /// Makes the object out of exactly these parts. refused with details.store_code "InvalidPart" if one is not
  /// as named; unknown with "InternalError": it may have been done, and nothing is under way any more.
  virtual Task<StoredObject> complete_upload(CompleteUpload request) = 0;
  /// An answer of success proves nothing (some stores say so to anything): list_parts does.
  virtual Task<void> abort_upload(ObjectKey key, StoreUploadId upload) = 0;
  /// All parts, every page of them, ascending. Throws absent if there is no such upload; some stores answer
  /// an empty list to that too, so it proves nothing alone.
  virtual Task<std::vector<ListedPart>> list_parts(ObjectKey key, StoreUploadId upload) = 0;
  /// The unfinished uploads of exactly this key.
  virtual Task<std::vector<StoreUploadId>> list_uploads(ObjectKey key) = 0;

  /// A body of no bytes may be left unread.
  virtual Task<StoredObject> put_object(PutObject request, BodySource& body) = 0;
  /// nullopt: no object at that key.
  virtual Task<std::optional<ObjectInfo>> head(ObjectKey key) = 0;
  /// The object's bytes, or a range of them (which must lie inside). Throws absent.
  virtual Task<std::unique_ptr<BodySource>> get(ObjectKey key, std::string version_id,
                                                std::optional<ByteRange> range) = 0;
  /// The key with all its versions; success if there is nothing.
  virtual Task<void> delete_object(ObjectKey key) = 0;

  [[nodiscard]] virtual Capabilities capabilities() const = 0;
};

}  // namespace longshore
