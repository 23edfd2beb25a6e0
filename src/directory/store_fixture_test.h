#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "directory/directory_store.h"
#include "directory/folder_fixture_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::directory {

/// A whole folder store, that can be opened again.
class StoreFixture : public FolderFixture {
 protected:
  DirectoryStore& store() {
    if (!store_) store_ = DirectoryStore::open(path_, tools());
    return *store_;
  }
  DirectoryStore& reopen() {
    store_.reset();
    return store();
  }
  Tools tools() { return Tools{pool_, buffers_, random_}; }

  StoreUploadId create(const std::string& key, std::optional<std::int64_t> chunk_size = std::nullopt) {
    return await(store().create_upload({.key = ObjectKey(key), .chunk_size = chunk_size}));
  }
  CompletePart put(const std::string& key, const StoreUploadId& upload, std::int32_t number,
                   const std::string& bytes) {
    fakes::ScriptedBody body(bytes, 1000);
    const PutPart request{
        .key = ObjectKey(key), .upload = upload, .number = PartNumber{number}, .size = std::ssize(bytes)};
    const StoredPart stored = await(store().put_part(request, body));
    return CompletePart{.number = request.number, .etag = stored.etag, .size = request.size};
  }
  void complete(const std::string& key, const StoreUploadId& upload, std::vector<CompletePart> parts) {
    await(store().complete_upload({.key = ObjectKey(key), .upload = upload, .parts = std::move(parts)}));
  }
  void put_object(const std::string& key, const std::string& bytes) {
    fakes::ScriptedBody body(bytes, 1000);
    await(store().put_object({.key = ObjectKey(key), .size = std::ssize(bytes)}, body));
  }
  std::string get(const std::string& key) {
    const auto body = await(store().get(ObjectKey(key), "", std::nullopt));
    return await(fakes::read_all(*body));
  }
  std::size_t parts(const std::string& key, const StoreUploadId& upload) {
    return await(store().list_parts(ObjectKey(key), upload)).size();
  }

  BlockingPool pool_{3};
  BufferPool buffers_{16 * 1024 * 1024};

 private:
  std::unique_ptr<DirectoryStore> store_;
};

}  // namespace longshore::directory
