#include "tests/fakes/fake_object_store.h"

#include <cstdio>
#include <utility>

#include "tests/fakes/checksum.h"
#include "tests/fakes/fake_object_store_land.h"
#include "tests/fakes/store_answers.h"

namespace longshore::fakes {

FakeObjectStore::FakeObjectStore(const Clock& clock, StoreProfile profile, StoreHooks hooks)
    : clock_(clock), profile_(profile), hooks_(std::move(hooks)) {}

Task<void> FakeObjectStore::pause(const char* point) {
  drop_old_uploads();
  if (hooks_.pause) co_await hooks_.pause(point);
}

Task<StoreUploadId> FakeObjectStore::create_upload(CreateUpload request) {
  co_await pause("create_upload.begin");
  auto effect = [this, request] { return create_now(request); };
  co_return co_await land("create_upload.effect", "create_upload.answer", std::move(effect));
}

StoreUploadId FakeObjectStore::create_now(const CreateUpload& request) {
  const StoreUploadId id("upload-" + std::to_string(++ids_));
  uploads_[id] = FakeUpload{.request = request, .created_at = clock_.now()};
  return id;
}

FakeUpload& FakeObjectStore::open_upload(const ObjectKey& key, const StoreUploadId& upload) {
  const auto found = uploads_.find(upload);
  if (found == uploads_.end() || found->second.request.key != key) throw absent("NoSuchUpload");
  return found->second;
}

Task<void> FakeObjectStore::abort_upload(ObjectKey key, StoreUploadId upload) {
  co_await pause("abort_upload.begin");
  auto effect = [this, key, upload] { abort_now(key, upload); };
  co_await land("abort_upload.effect", "abort_upload.answer", std::move(effect));
}

void FakeObjectStore::abort_now(const ObjectKey& key, const StoreUploadId& upload) {
  const auto back = revenants_.find(upload);
  const auto open = uploads_.find(upload);
  if (back != revenants_.end() && back->second.request.key == key) {
    revenants_.erase(back);
  } else if (open != uploads_.end() && open->second.request.key == key) {
    open->second.parts.clear();
    ended_[upload] = Ended{.upload = std::move(open->second), .at = clock_.now(), .result = std::nullopt};
    uploads_.erase(open);
  } else if (!profile_.abort_of_unknown_succeeds) {
    throw absent("NoSuchUpload");
  }
}

ETag FakeObjectStore::make_etag(const std::string& bytes) {
  char text[64];
  if (profile_.etags == StoreProfile::ETags::of_try) {
    std::snprintf(text, sizeof text, "try-%lld", static_cast<long long>(++ids_));
  } else {
    std::snprintf(text, sizeof text, "%08x%zx", crc32c_of(bytes), bytes.size());
  }
  return ETag(text);
}

Capabilities FakeObjectStore::capabilities() const {
  return Capabilities{.complete_twice_harmless = profile_.double_complete_harms_for == Millis{0},
                      .lists_uploads = profile_.lists_uploads,
                      .bucket = "fake",
                      .unfinished_lifetime = profile_.unfinished_lifetime};
}

// The truth, and what a store does on its own

const FakeObject* FakeObjectStore::object(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : &found->second.back();
}

const FakePart* FakeObjectStore::part(const StoreUploadId& upload, PartNumber number) const {
  const auto found = uploads_.find(upload);
  if (found == uploads_.end()) return nullptr;
  const auto part = found->second.parts.find(number);
  return part == found->second.parts.end() ? nullptr : &part->second;
}

void FakeObjectStore::lose_part(const StoreUploadId& upload, PartNumber number) {
  if (const auto found = uploads_.find(upload); found != uploads_.end()) found->second.parts.erase(number);
}

void FakeObjectStore::drop_old_uploads() {
  if (!profile_.unfinished_lifetime) return;
  const auto is_old = [&](const auto& entry) {
    return entry.second.created_at + *profile_.unfinished_lifetime <= clock_.now();
  };
  std::erase_if(uploads_, is_old);
  std::erase_if(revenants_, is_old);
}

void FakeObjectStore::drop_upload(const StoreUploadId& upload) {
  uploads_.erase(upload);
  revenants_.erase(upload);
}

void FakeObjectStore::put_strange_object(const ObjectKey& key, std::string bytes) {
  FakeObject object{.etag = make_etag(bytes)};
  object.bytes = std::move(bytes);
  store_object(key, std::move(object));
}

}  // namespace longshore::fakes
