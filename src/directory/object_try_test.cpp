#include "directory/object_try.h"

#include "directory/folder_fixture_test.h"

namespace longshore::directory {
namespace {

class ObjectTryTest : public FolderFixture {
 protected:
  PutObject request(std::int64_t size) const {
    return PutObject{.key = ObjectKey("k"), .headers = {.content_type = "text/plain"}, .size = size};
  }
  Objects objects_{root()};
};

TEST_F(ObjectTryTest, IsAnObjectOnceFinished) {
  ObjectTry attempt(root(), objects_, request(6), random_);
  attempt.write(as_bytes("abc"));
  attempt.write(as_bytes("def"));
  EXPECT_FALSE(objects_.find(ObjectKey("k")));
  const StoredObject stored = attempt.finish();
  attempt.discard();
  EXPECT_EQ(read_file("objects/k"), "abcdef");
  const auto found = objects_.find(ObjectKey("k"));
  EXPECT_EQ(found->record->etag, stored.etag);
  EXPECT_EQ(found->record->crc32c, stored.crc32c);
  EXPECT_EQ(found->record->headers.content_type, "text/plain");
  EXPECT_TRUE(files_in("staging").empty());
}

TEST_F(ObjectTryTest, LeavesNothingWhenItIsDropped) {
  {
    ObjectTry attempt(root(), objects_, request(6), random_);
    attempt.write(as_bytes("abc"));
    EXPECT_EQ(files_in("staging").size(), 1U);
    EXPECT_EQ(code_of([&] { attempt.finish(); }), "IncompleteBody");
    EXPECT_EQ(code_of([&] { attempt.write(as_bytes("defg")); }), "IncompleteBody");
  }
  EXPECT_TRUE(files_in("staging").empty());
  EXPECT_TRUE(files_in("metadata").empty());
  EXPECT_FALSE(objects_.find(ObjectKey("k")));
}

TEST_F(ObjectTryTest, AConflictIsKnownBeforeTheFirstByteIsWritten) {
  std::filesystem::create_directory(path("objects/k"));
  ObjectTry attempt(root(), objects_, request(3), random_);
  EXPECT_EQ(code_of([&] { attempt.write(as_bytes("abc")); }), "KeyConflict");
  EXPECT_TRUE(files_in("staging").empty());
}

}  // namespace
}  // namespace longshore::directory
