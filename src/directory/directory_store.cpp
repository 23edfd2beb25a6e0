#include "directory/directory_store.h"

#include <exception>
#include <fcntl.h>
#include <limits>
#include <optional>

#include <boost/asio/this_coro.hpp>

#include "base/uuid.h"
#include "directory/completion.h"
#include "directory/file_body.h"
#include "directory/names.h"
#include "directory/object_try.h"

namespace longshore::directory {

namespace {

namespace this_coro = boost::asio::this_coro;

constexpr std::size_t kIdBytes = 16;
constexpr std::int64_t kChunkBytesMax = std::numeric_limits<std::int64_t>::max() / 10'000;  // no offset
                                                                                            // overflows

Error absent_object(const char* code) {
  return Error(Reason::store_refused, "the folder store has no such object", ErrorDetails{.store_code = code},
               Outcome::absent);
}

/// Hands a body to a try, each piece from the body's own memory, and finishes it; whatever goes wrong,
/// nothing of it stays.
template <class Try>
auto receive(BlockingPool& pool, BodySource& body, Try& attempt) -> Task<decltype(attempt.finish())> {
  std::exception_ptr failure;
  try {
    for (ByteView piece = co_await body.next(); !piece.empty(); piece = co_await body.next()) {
      co_await pool.run([&attempt, piece] { attempt.write(piece); });
    }
    co_return co_await pool.run([&attempt] { return attempt.finish(); });
  } catch (...) {
    failure = std::current_exception();
  }
  const bool throws_if_cancelled = co_await this_coro::throw_if_cancelled();
  co_await this_coro::throw_if_cancelled(false);  // this has to be done all the same
  co_await pool.run([&attempt] { attempt.discard(); });
  co_await this_coro::throw_if_cancelled(throws_if_cancelled);
  std::rethrow_exception(failure);
}

}  // namespace

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
  if (found == uploads_.end()) throw no_such_upload();
  return found->second;
}

void DirectoryStore::forget(const StagedUpload& upload) {
  const std::lock_guard lock(mutex_);
  uploads_.erase(UploadKey(upload.request().key, upload.id()));
}

Task<StoredPart> DirectoryStore::put_part(PutPart request, BodySource& body) {
  const auto upload = find(request.key, request.upload);
  PartTry attempt = co_await tools_.pool.run([&] { return upload->begin(request); });
  co_return co_await receive(tools_.pool, body, attempt);
}

Task<StoredObject> DirectoryStore::complete_upload(CompleteUpload request) {
  const auto upload = find(request.key, request.upload);
  Completion completion = co_await tools_.pool.run([&] { return Completion(upload, request); });
  while (co_await tools_.pool.run([&] { return completion.join_some(); })) {
  }
  co_return co_await tools_.pool.run([&] {
    completion.place(objects_);
    forget(*upload);
    objects_.settle(request.key);
    upload->remove_files();
    return completion.object();
  });
}

Task<void> DirectoryStore::abort_upload(ObjectKey key, StoreUploadId id) {
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

Task<StoredObject> DirectoryStore::put_object(PutObject request, BodySource& body) {
  ObjectTry attempt(root_, objects_, std::move(request), tools_.random);
  co_return co_await receive(tools_.pool, body, attempt);
}

Task<std::optional<ObjectInfo>> DirectoryStore::head(ObjectKey key) {
  const auto found = co_await tools_.pool.run([&] { return objects_.find(key); });
  if (!found) co_return std::nullopt;
  ObjectInfo info{.object = StoredObject{.size = found->size}};
  if (const auto& record = found->record) {
    info.object.etag = record->etag;
    info.object.crc32c = record->crc32c;
    info.headers = record->headers;
    const auto token = record->headers.user_metadata.find(kUploadTokenMetadata);
    if (token != record->headers.user_metadata.end()) info.token = UploadToken(token->second);
  }
  co_return info;
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

Capabilities DirectoryStore::capabilities() const { return Capabilities{.complete_twice_harmless = true}; }

}  // namespace longshore::directory
