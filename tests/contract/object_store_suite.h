#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ports/object_store.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore {

/// A store with all that it stands on; empty when made.
class ObjectStoreUnderTest {
 public:
  ObjectStoreUnderTest() = default;
  ObjectStoreUnderTest(const ObjectStoreUnderTest&) = delete;
  ObjectStoreUnderTest& operator=(const ObjectStoreUnderTest&) = delete;
  virtual ~ObjectStoreUnderTest() = default;

  virtual ObjectStore& store() = 0;
};

/// One implementation of the port, and how to make one.
struct ObjectStoreKind {
  std::string name;
  std::function<std::unique_ptr<ObjectStoreUnderTest>()> make;
  std::size_t part_bytes = 1000;  // of the suites' parts, but for last ones: at least the store's minimum
  bool fixed_chunk_size = false;  // announced at create_upload
  bool head_shows_metadata = true;
  std::size_t key_segment_bytes_max = 1024;       // between two slashes
  std::string key_conflict_code = "KeyConflict";  // where a key cannot lie beneath another one
  bool key_conflicts_at_create = true;            // else when the upload is completed
};

inline void PrintTo(const ObjectStoreKind& kind, std::ostream* out) { *out << kind.name; }

/// What every object store must do. A program includes the object_store_*_suite.h and instantiates the suites
/// with its kinds.
class ObjectStoreSuite : public testing::TestWithParam<ObjectStoreKind> {
 protected:
  ObjectStore& store() { return under_test_->store(); }
  static ObjectKey key(const std::string& name = "folder/object") { return ObjectKey(name); }

  /// Bytes that tell where they belong: other ones for each seed, and no period that a chunk could hide.
  static std::string bytes_of(std::size_t size, std::uint32_t seed) {
    std::string bytes(size, '\0');
    std::uint32_t state = seed * 2654435761U + 1;
    for (char& byte : bytes) {
      byte = static_cast<char>(state >> 24);
      state = state * 1664525U + 1013904223U;
    }
    return bytes;
  }
  static std::string part_bytes(std::uint32_t seed) { return bytes_of(GetParam().part_bytes, seed); }
  static std::uint32_t crc_of(const std::string& bytes) {
    Crc32c crc;
    crc.update(as_bytes(bytes));
    return crc.value();
  }

  static ObjectHeaders sample_headers() {
    return ObjectHeaders{
        .content_type = "text/x-sample",
        .content_disposition = "attachment; filename=\"a b.txt\"",
        .cache_control = "no-store",
        .user_metadata = {{kUploadTokenMetadata, "0123456789abcdef"}, {"node-id", "node-1"}}};
  }

  StoreUploadId create(const ObjectKey& at = key(), ObjectHeaders headers = {}) {
    CreateUpload request{.key = at, .headers = std::move(headers)};
    if (GetParam().fixed_chunk_size) request.chunk_size = GetParam().part_bytes;
    return await(store().create_upload(std::move(request)));
  }

  /// Sends a part in several pieces and returns it as complete_upload wants to have it.
  CompletePart put(const StoreUploadId& upload, std::int32_t number, const std::string& bytes,
                   const ObjectKey& at = key()) {
    fakes::ScriptedBody body(bytes, bytes.size() / 3 + 1);
    return put_body(upload, number, bytes, body, at);
  }
  CompletePart put_body(const StoreUploadId& upload, std::int32_t number, const std::string& bytes,
                        BodySource& body, const ObjectKey& at = key()) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    const StoredPart stored = await(
        store().put_part({.key = at, .upload = upload, .number = PartNumber{number}, .size = size}, body));
    return CompletePart{
        .number = PartNumber{number}, .etag = stored.etag, .size = size, .crc32c = crc_of(bytes)};
  }

  StoredObject complete(const StoreUploadId& upload, std::vector<CompletePart> parts,
                        const ObjectKey& at = key()) {
    return await(store().complete_upload({.key = at, .upload = upload, .parts = std::move(parts)}));
  }
  StoredObject put_object(const std::string& bytes, const ObjectKey& at = key(), ObjectHeaders headers = {}) {
    fakes::ScriptedBody body(bytes, bytes.size() / 3 + 1);
    const auto size = static_cast<std::int64_t>(bytes.size());
    return await(store().put_object({.key = at, .headers = std::move(headers), .size = size}, body));
  }

  std::string get(const ObjectKey& at = key(), std::optional<ByteRange> range = std::nullopt) {
    return await(read(store(), at, range));
  }
  /// A body is read on the loop that it was asked for on.
  static Task<std::string> read(ObjectStore& store, ObjectKey at, std::optional<ByteRange> range) {
    const auto body = co_await store.get(at, "", range);
    const auto length = body->length();
    std::string text = co_await fakes::read_all(*body);
    if (length) EXPECT_EQ(*length, std::ssize(text));
    const ByteView more = co_await body->next();
    EXPECT_TRUE(more.empty());
    co_return text;
  }
  bool exists(const ObjectKey& at = key()) { return await(store().head(at)).has_value(); }
  std::vector<ListedPart> list(const StoreUploadId& upload, const ObjectKey& at = key()) {
    return await(store().list_parts(at, upload));
  }
  std::vector<StoreUploadId> uploads(const ObjectKey& at = key()) { return await(store().list_uploads(at)); }

  /// The Error that a task ends with; nullopt: it succeeded.
  template <class T>
  static std::optional<Error> error_of(Task<T> task) {
    try {
      await(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
  template <class T>
  static bool is_absent(Task<T> task) {
    const auto error = error_of(std::move(task));
    return error && error->outcome() == Outcome::absent;
  }
  static std::optional<std::string> code_of(const std::optional<Error>& error) {
    if (!error || error->outcome() != Outcome::refused) return std::nullopt;
    return error->details().store_code;
  }
  std::optional<Error> error_of_complete(const StoreUploadId& upload, std::vector<CompletePart> parts,
                                         const ObjectKey& at = key()) {
    return error_of(store().complete_upload({.key = at, .upload = upload, .parts = std::move(parts)}));
  }
  std::optional<Error> error_of_put(const StoreUploadId& upload, std::int32_t number, std::size_t size,
                                    BodySource& body, const ObjectKey& at = key()) {
    return error_of(store().put_part(
        {.key = at, .upload = upload, .number = PartNumber{number}, .size = static_cast<std::int64_t>(size)},
        body));
  }

  std::unique_ptr<ObjectStoreUnderTest> under_test_ = GetParam().make();
};

class ObjectStorePartSuite : public ObjectStoreSuite {};
class ObjectStoreCompletionSuite : public ObjectStoreSuite {};
class ObjectStoreObjectSuite : public ObjectStoreSuite {};

// Which suites a program has is its own business.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectStorePartSuite);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectStoreCompletionSuite);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectStoreObjectSuite);

}  // namespace longshore
