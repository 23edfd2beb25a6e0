// Whole objects: written, read and deleted.
#include <algorithm>
#include <utility>

#include "tests/fakes/checksum.h"
#include "tests/fakes/fake_object_store_land.h"
#include "tests/fakes/store_answers.h"

namespace longshore::fakes {

namespace {

/// An object's bytes, copied, so that a reader under way does not see the object go.
class StringBody final : public BodySource {
 public:
  StringBody(std::string bytes, std::size_t piece_bytes)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    return static_cast<std::int64_t>(bytes_.size());
  }

  Task<ByteView> next() override {
    const std::size_t n = std::min(piece_bytes_, bytes_.size() - at_);
    const ByteView piece = as_bytes(bytes_).subspan(at_, n);
    at_ += n;
    co_return piece;
  }

  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

}  // namespace

StoredObject FakeObjectStore::store_object(const ObjectKey& key, FakeObject object) {
  Versions& versions = objects_[key];
  if (profile_.versioned) {
    object.version_id = "version-" + std::to_string(++ids_);
  } else {
    versions.clear();
  }
  versions.push_back(std::move(object));
  return described(versions.back());
}

StoredObject FakeObjectStore::described(const FakeObject& object) const {
  StoredObject told{.size = static_cast<std::int64_t>(object.bytes.size()),
                    .etag = object.etag,
                    .version_id = object.version_id};
  if (profile_.answers_checksums) told.crc32c = crc32c_of(object.bytes);
  return told;
}

Task<StoredObject> FakeObjectStore::put_object(PutObject request, BodySource& body) {
  co_await pause("put_object.begin");
  std::string bytes = co_await receive("put_object.piece", request.size, body);
  auto effect = [this, request, bytes]() mutable {
    FakeObject object{.etag = make_etag(bytes), .headers = request.headers};
    object.bytes = std::move(bytes);
    return store_object(request.key, std::move(object));
  };
  co_return co_await land("put_object.effect", "put_object.answer", std::move(effect));
}

Task<std::optional<ObjectInfo>> FakeObjectStore::head(ObjectKey key) {
  co_await pause("head.begin");
  const FakeObject* found = object(key);
  if (found == nullptr) co_return std::nullopt;
  ObjectInfo info{.headers = found->headers};
  info.object = described(*found);
  if (profile_.head_shows_metadata) {
    const auto token = info.headers.user_metadata.find(kUploadTokenMetadata);
    info.token = token == info.headers.user_metadata.end() ? UploadToken() : UploadToken(token->second);
  } else {
    info.headers.user_metadata.clear();
  }
  co_return info;
}

Task<std::unique_ptr<BodySource>> FakeObjectStore::get(ObjectKey key, std::string version_id,
                                                       std::optional<ByteRange> range) {
  co_await pause("get.begin");
  const auto found = objects_.find(key);
  if (found == objects_.end()) throw absent("NoSuchKey");
  const Versions& versions = found->second;
  const auto wanted = version_id.empty()
                          ? versions.end() - 1
                          : std::find_if(versions.begin(), versions.end(),
                                         [&](const FakeObject& v) { return v.version_id == version_id; });
  if (wanted == versions.end()) throw absent("NoSuchVersion");

  const auto size = static_cast<std::int64_t>(wanted->bytes.size());
  const ByteRange all{.first = 0, .last = size - 1};
  const ByteRange r = range.value_or(all);
  if (range && (r.first < 0 || r.first > r.last || r.last >= size)) {
    throw refused("InvalidRange", "the range is not inside of the object");
  }
  std::string bytes = wanted->bytes.substr(static_cast<std::size_t>(r.first),
                                           static_cast<std::size_t>(r.last - r.first + 1));
  co_return std::make_unique<StringBody>(std::move(bytes), profile_.get_piece_bytes);
}

Task<void> FakeObjectStore::delete_object(ObjectKey key) {
  co_await pause("delete_object.begin");
  auto effect = [this, key] { objects_.erase(key); };
  co_await land("delete_object.effect", "delete_object.answer", std::move(effect));
}

}  // namespace longshore::fakes
