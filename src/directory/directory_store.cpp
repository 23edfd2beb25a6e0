#include "directory/directory_store.h"

#include <exception>
#include <limits>
#include <optional>
#include <sys/file.h>

#include <boost/asio/this_coro.hpp>

#include "base/uuid.h"
#include "directory/completion.h"
#include "directory/file_body.h"
#include "directory/names.h"
#include "directory/object_try.h"
#include "directory/staged_part.h"

namespace longshore::directory {

namespace {

namespace this_coro = boost::asio::this_coro;

constexpr std::size_t kIdBytes = 16;
/// With parts up to number 10,000 no offset overflows.
constexpr std::int64_t kChunkBytesMax = std::numeric_limits<std::int64_t>::max() / 10'000;

constexpr const char* kProbeFile = "staging/probe";

bool is_upload_id_of_ours(const std::string& name) {
  return name.size() == 2 * kIdBytes && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Error absent_object(const char* code) {
  return Error(Reason::store_refused, "the folder store has no such object", ErrorDetails{.store_code = code},
               Outcome::absent);
}

ObjectInfo info_of(const Objects::Found& found) {
  ObjectInfo info{.object = StoredObject{.size = found.size}, .headers = {}, .token = UploadToken()};
  if (const auto& record = found.record) {
    info.object.etag = record->etag;
    info.object.crc32c = record->crc32c;
    info.headers = record->headers;
    const auto token = record->headers.user_metadata.find(kUploadTokenMetadata);
    if (token != record->headers.user_metadata.end()) info.token = UploadToken(token->second);
  }
  return info;
}

/// Does the work of a call; where that fails or is cancelled, gives up what the call has begun, on the pool.
template <class T, class Try>
Task<T> or_discard(Task<T> work, BlockingPool& pool, Try& attempt) {
  std::exception_ptr failure;
  try {
    co_return co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  const bool throws_if_cancelled = co_await this_coro::throw_if_cancelled();
  co_await this_coro::throw_if_cancelled(false);  // this has to be done all the same
  co_await pool.run([&attempt] { attempt.discard(); });
  co_await this_coro::throw_if_cancelled(throws_if_cancelled);
  std::rethrow_exception(failure);
}

/// Hands a body to a try, each piece from the body's own memory, and finishes it.
template <class Try>
auto receive(BlockingPool& pool, BodySource& body, Try& attempt) -> Task<decltype(attempt.finish())> {
  for (ByteView piece = co_await body.next(); !piece.empty(); piece = co_await body.next()) {
    co_await pool.run([&attempt, piece] { attempt.write(piece); });
  }
  co_return co_await pool.run([&attempt] { return attempt.finish(); });
}

}  // namespace

// ---- the start: folders, checks, and what a crash has left behind

std::unique_ptr<DirectoryStore> DirectoryStore::open(const std::string& root, Tools tools) {
  std::unique_ptr<DirectoryStore> store(new DirectoryStore(root, tools));
  if (::flock(store->root_.fd(), LOCK_EX | LOCK_NB) != 0) {
    throw Error(Reason::store_refused, "the folder is in use by another process",
                ErrorDetails{.store_code = "FolderInUse"});
  }
  store->prepare_folders();
  store->sweep_staging();
  return store;
}

DirectoryStore::DirectoryStore(const std::string& root, Tools tools)
    : root_(root), tools_(tools), objects_(root_) {}

void DirectoryStore::prepare_folders() {
  try {
    for (const char* folder : {kObjectsFolder, kMetadataFolder, kStagingFolder}) root_.make_folder(folder);
    root_.sync(".");
    root_.write(kProbeFile, "");
    root_.remove(kProbeFile);
  } catch (const Error& error) {
    throw Error(error.reason(), "the folder is not fit for a store: " + error.message(), error.details());
  }
  const auto device = root_.status(kStagingFolder)->st_dev;
  if (root_.status(kObjectsFolder)->st_dev != device) {
    throw Error(Reason::store_refused,
                "objects and staging lie on different file systems: no file could be renamed",
                ErrorDetails{.store_code = "EXDEV"});
  }
}

void DirectoryStore::sweep_staging() {
  for (const std::string& name : root_.names(kStagingFolder)) {
    if (name.starts_with(kObjectTryPrefix)) {
      if (root_.discard(std::string(kStagingFolder) + "/" + name)) ++report_.leftovers_removed;
    } else if (is_upload_id_of_ours(name)) {
      load_upload(StoreUploadId(name));
    }
  }
  root_.sync(kStagingFolder);  // what is absent now must not come back
}

void DirectoryStore::load_upload(const StoreUploadId& id) {
  try {
    std::shared_ptr<StagedUpload> upload;
    switch (StagedUpload::load(root_, id, tools_.random, upload)) {
      case StagedUpload::Found::unfinished:
        uploads_.emplace(UploadKey(upload->request().key, id), upload);
        ++report_.unfinished_uploads;
        return;
      case StagedUpload::Found::damaged:
        return set_aside(id, "its files are damaged");
      case StagedUpload::Found::completed:
        objects_.settle(upload->request().key);
        break;
      case StagedUpload::Found::half_created:
        break;
    }
    StagedUpload::remove_leftover(root_, id);
    ++report_.leftovers_removed;
  } catch (const Error& error) {
    set_aside(id, error.message());
  }
}

void DirectoryStore::set_aside(const StoreUploadId& id, std::string why) {
  report_.set_aside.push_back({std::string(kStagingFolder) + "/" + id.str(), std::move(why)});
  set_aside_.insert(id);
}

// ---- uploads

Task<StoreUploadId> DirectoryStore::create_upload(CreateUpload request) {
  if (request.chunk_size && (*request.chunk_size < 1 || *request.chunk_size > kChunkBytesMax)) {
    throw Error(Reason::store_refused, "the chunk size is below 1 byte or too large",
                ErrorDetails{.store_code = "InvalidArgument"});
  }
  const StoreUploadId id(random_hex(tools_.random, kIdBytes));
  auto upload = co_await tools_.pool.run([&] {
    objects_.check(request.key);
    return StagedUpload::create(root_, id, request, tools_.random);
  });
  const std::lock_guard lock(mutex_);
  uploads_.emplace(UploadKey(request.key, id), std::move(upload));
  co_return id;
}

std::shared_ptr<StagedUpload> DirectoryStore::find(const ObjectKey& key, const StoreUploadId& upload) const {
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(UploadKey(key, upload));
  if (found != uploads_.end()) return found->second;
  if (!set_aside_.contains(upload)) throw no_such_upload();
  throw unavailable(Reason::store_unavailable,
                    "the upload's files could not be read at the server's start: it can only be aborted",
                    Outcome::retry);
}

bool DirectoryStore::is_set_aside(const StoreUploadId& upload) const {
  const std::lock_guard lock(mutex_);
  return set_aside_.contains(upload);
}

void DirectoryStore::remove_set_aside(const StoreUploadId& upload) {
  StagedUpload::remove_leftover(root_, upload);
  root_.sync(kStagingFolder);
  const std::lock_guard lock(mutex_);
  set_aside_.erase(upload);
}

void DirectoryStore::forget(const StagedUpload& upload) {
  const std::lock_guard lock(mutex_);
  uploads_.erase(UploadKey(upload.request().key, upload.id()));
}

Task<StoredPart> DirectoryStore::put_part(PutPart request, BodySource& body) {
  const auto upload = find(request.key, request.upload);
  StagedPart attempt = co_await tools_.pool.run([&] { return upload->begin(request); });
  co_return co_await or_discard(receive(tools_.pool, body, attempt), tools_.pool, attempt);
}

Task<StoredObject> DirectoryStore::complete_upload(CompleteUpload request) {
  const auto upload = find(request.key, request.upload);
  Completion completion = co_await tools_.pool.run([&] { return Completion(upload, request); });
  co_return co_await or_discard(join_and_place(completion, *upload), tools_.pool, completion);
}

Task<StoredObject> DirectoryStore::join_and_place(Completion& completion, StagedUpload& upload) {
  while (co_await tools_.pool.run([&] { return completion.join_some(); })) {
  }
  co_return co_await tools_.pool.run([&] {
    completion.place(objects_);
    forget(upload);
    objects_.settle(upload.request().key);
    upload.remove_files();
    return completion.object();
  });
}

Task<void> DirectoryStore::abort_upload(ObjectKey key, StoreUploadId id) {
  if (is_set_aside(id)) {
    co_await tools_.pool.run([&] { remove_set_aside(id); });
    co_return;
  }
  const auto upload = find(key, id);
  co_await tools_.pool.run([&] {
    StagedUpload::Ending ending(upload);
    upload->remove_request();
    ending.ended();
    forget(*upload);
    upload->remove_files();
  });
}

Task<std::vector<ListedPart>> DirectoryStore::list_parts(ObjectKey key, StoreUploadId id) {
  const auto upload = find(key, id);
  co_return co_await tools_.pool.run([&] { return upload->list(); });
}

Task<std::vector<StoreUploadId>> DirectoryStore::list_uploads(ObjectKey key) {
  const std::lock_guard lock(mutex_);
  std::vector<StoreUploadId> ids;
  for (auto it = uploads_.lower_bound(UploadKey(key, {})); it != uploads_.end() && it->first.first == key;
       ++it) {
    ids.push_back(it->first.second);
  }
  co_return ids;
}

// ---- objects

Task<StoredObject> DirectoryStore::put_object(PutObject request, BodySource& body) {
  ObjectTry attempt(root_, objects_, std::move(request), tools_.random);
  co_return co_await or_discard(receive(tools_.pool, body, attempt), tools_.pool, attempt);
}

Task<std::optional<ObjectInfo>> DirectoryStore::head(ObjectKey key) {
  co_return co_await tools_.pool.run([&]() -> std::optional<ObjectInfo> {
    const auto found = objects_.find(key);
    if (!found) return std::nullopt;
    return info_of(*found);
  });
}

Task<std::unique_ptr<BodySource>> DirectoryStore::get(ObjectKey key, std::string version_id,
                                                      std::optional<ByteRange> range) {
  if (!version_id.empty()) throw absent_object("NoSuchVersion");
  auto found = co_await tools_.pool.run([&] { return objects_.find(key); });
  if (!found) throw absent_object("NoSuchKey");
  std::int64_t first = 0;
  std::int64_t size = found->size;
  if (range) {
    if (range->first < 0 || range->first > range->last || range->last >= size) {
      throw Error(Reason::store_refused, "the range does not lie inside of the object",
                  ErrorDetails{.store_code = "InvalidRange"});
    }
    first = range->first;
    size = range->last - range->first + 1;
  }
  co_return std::make_unique<FileBody>(std::move(found->data), first, size, tools_.pool, tools_.buffers);
}

Task<void> DirectoryStore::delete_object(ObjectKey key) {
  co_await tools_.pool.run([&] { objects_.remove(key); });
}

Capabilities DirectoryStore::capabilities() const {
  return Capabilities{.complete_twice_harmless = true, .in_process = true};
}

}  // namespace longshore::directory
