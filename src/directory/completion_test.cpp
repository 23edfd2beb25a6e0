#include "directory/completion.h"

#include <sys/stat.h>

#include "directory/staged_fixture_test.h"

namespace longshore::directory {
namespace {

class CompletionTest : public StagedBothWays {
 protected:
  using Parts = std::vector<CompletePart>;

  Completion begin(const std::shared_ptr<StagedUpload>& upload, Parts parts) {
    return Completion(upload,
                      {.key = ObjectKey("k"), .upload = StoreUploadId(kId), .parts = std::move(parts)});
  }
  StoredObject complete(const std::shared_ptr<StagedUpload>& upload, Parts parts) {
    Completion completion = begin(upload, std::move(parts));
    while (completion.join_some()) {
    }
    completion.place(objects_);
    objects_.settle(ObjectKey("k"));
    return completion.object();
  }
  [[nodiscard]] ino_t inode(const std::string& relative) const { return root().status(relative)->st_ino; }
  [[nodiscard]] std::string object() const { return read_file("objects/k"); }

  Objects objects_{root()};
};
INSTANTIATE_TEST_SUITE_P(Ways, CompletionTest, testing::Bool(), way_name);

TEST_P(CompletionTest, TheFirstPartsFileIsTheObject) {
  const auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, chunk('a')), put(*upload, 2, chunk('b')), put(*upload, 3, "ccc")};
  const ino_t first = inode(upload->path_of(upload->parts().at(PartNumber{1}).place.file));
  const StoredObject stored = complete(upload, parts);
  EXPECT_EQ(object(), chunk('a') + chunk('b') + "ccc");
  EXPECT_EQ(inode("objects/k"), first);
  EXPECT_EQ(stored.size, 203);
  EXPECT_EQ(stored.crc32c, objects_.find(ObjectKey("k"))->record->crc32c);
  Crc32c crc;
  crc.update(as_bytes(object()));
  EXPECT_EQ(stored.crc32c, crc.value());
}

TEST_P(CompletionTest, JoinedPartsGoSoThatNothingIsThereTwice) {
  const auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, chunk('a')), put(*upload, 2, chunk('b')), put(*upload, 3, chunk('c'))};
  const auto files = files_in(folder_).size();
  Completion completion = begin(upload, parts);
  if (GetParam()) {
    EXPECT_FALSE(completion.join_some());
    return;
  }
  EXPECT_TRUE(completion.join_some());
  EXPECT_EQ(files_in(folder_).size(), files - 1);
  EXPECT_TRUE(completion.join_some());
  EXPECT_EQ(files_in(folder_).size(), files - 2);
  EXPECT_FALSE(completion.join_some());
}

TEST_P(CompletionTest, ACrashAfterAnyStepLosesNothing) {
  struct Row {
    const char* what;
    std::vector<std::size_t> first_named, then_named;
    std::string whole;
  };
  const std::vector<Row> rows{
      {"the same list", {0, 1, 2, 3}, {0, 1, 2, 3}, chunk('a') + chunk('b') + chunk('c') + "dd"},
      {"a shorter list", {0, 1, 2, 3}, {0, 1}, chunk('a') + chunk('b')},
      {"a list with a gap", {0, 1, 2, 3}, {0, 2, 3}, chunk('a') + chunk('c') + "dd"},
      {"first a list with a gap", {0, 2}, {0, 1, 2, 3}, chunk('a') + chunk('b') + chunk('c') + "dd"}};
  for (const Row& row : rows) {
    for (int steps = 0; steps <= 4; ++steps) {
      auto upload = create(GetParam());
      const Parts all{put(*upload, 1, chunk('a')), put(*upload, 2, chunk('b')), put(*upload, 3, chunk('c')),
                      put(*upload, 4, "dd")};
      const auto named = [&](const std::vector<std::size_t>& which) {
        Parts parts;
        for (const std::size_t i : which) parts.push_back(all[i]);
        return parts;
      };
      {
        Completion completion = begin(upload, named(row.first_named));
        for (int i = 0; i < steps; ++i) completion.join_some();
        upload = reload();  // while it still stands: as a killed process leaves it
      }
      upload = reload();
      EXPECT_EQ(listed(*upload), "1:100 2:100 3:100 4:2") << row.what << " after " << steps;
      complete(upload, named(row.then_named));
      EXPECT_EQ(object(), row.whole) << row.what << " after " << steps;
      std::filesystem::remove_all(path(folder_));
    }
  }
}

TEST_P(CompletionTest, APartSentAnewAfterAnUnfinishedJoin) {
  const auto upload = create(GetParam());
  Parts parts{put(*upload, 1, chunk('a')), put(*upload, 2, chunk('b')), put(*upload, 3, "cc")};
  {
    Completion completion = begin(upload, parts);
    completion.join_some();
  }
  parts[0] = put(*upload, 1, chunk('A'));
  parts[2] = put(*upload, 3, "CCC");
  complete(upload, parts);
  EXPECT_EQ(object(), chunk('A') + chunk('b') + "CCC");
}

TEST_P(CompletionTest, AShortPartInTheMiddleIsJoinedByACopy) {
  const auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, "aaa"), put(*upload, 2, chunk('b')), put(*upload, 3, "c")};
  complete(upload, parts);
  EXPECT_EQ(object(), "aaa" + chunk('b') + "c");
}

TEST_P(CompletionTest, OneThatCannotBePlacedLeavesTheUploadOpen) {
  auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, "aaa"), put(*upload, 2, chunk('b'))};
  std::filesystem::create_directory(path("objects/k"));
  write_file("objects/k/other", "x");
  const auto files = files_in(folder_).size();
  EXPECT_EQ(code_of([&] { complete(upload, parts); }), "KeyConflict");
  EXPECT_EQ(files_in(folder_).size(), GetParam() ? files : files - 1);  // no copy stays; a joined part is
                                                                        // there once
  EXPECT_EQ(listed(*upload), "1:3 2:100");
  upload = reload();
  EXPECT_EQ(listed(*upload), "1:3 2:100");
  std::filesystem::remove_all(path("objects/k"));
  complete(upload, parts);
  EXPECT_EQ(object(), "aaa" + chunk('b'));
}

TEST_P(CompletionTest, OneThatFailsAfterItWasAnnouncedLeavesTheUploadOpen) {
  auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, "aaa"), put(*upload, 2, chunk('b'))};  // fixed places: joined by a copy
  std::filesystem::remove(path("metadata"));
  write_file("metadata", "a file in the way");
  EXPECT_EQ(code_of([&] { complete(upload, parts); }), "ENOTDIR");
  upload = reload();
  EXPECT_EQ(listed(*upload), "1:3 2:100");
  std::filesystem::remove(path("metadata"));
  std::filesystem::create_directory(path("metadata"));
  complete(upload, parts);
  EXPECT_EQ(object(), "aaa" + chunk('b'));
}

TEST_P(CompletionTest, ACrashAfterTheRenameIsACompletion) {
  const auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, chunk('a')), put(*upload, 2, "b")};
  Completion completion = begin(upload, parts);
  while (completion.join_some()) {
  }
  completion.place(objects_);
  std::shared_ptr<StagedUpload> found;
  EXPECT_EQ(load(found), StagedUpload::Found::completed);
  EXPECT_EQ(object(), chunk('a') + "b");
  EXPECT_EQ(objects_.find(ObjectKey("k"))->record->etag, completion.object().etag);
}

TEST_P(CompletionTest, NamedSizesAndChecksumsCountToo) {
  const auto upload = create(GetParam());
  const CompletePart part = put(*upload, 1, "aaa");
  CompletePart other_size = part;
  other_size.size = 4;
  CompletePart other_crc = part;
  other_crc.crc32c = 1;
  EXPECT_EQ(code_of([&] { begin(upload, {other_size}); }), "InvalidPart");
  EXPECT_EQ(code_of([&] { begin(upload, {other_crc}); }), "InvalidPart");
  complete(upload, {part});
  EXPECT_EQ(object(), "aaa");
}

TEST_P(CompletionTest, OneAtATime) {
  const auto upload = create(GetParam());
  const Parts parts{put(*upload, 1, "aaa")};
  Completion completion = begin(upload, parts);
  EXPECT_EQ(error_of([&] { begin(upload, parts); })->reason(), Reason::store_unavailable);
  completion.place(objects_);
  EXPECT_EQ(error_of([&] { begin(upload, parts); })->outcome(), Outcome::absent);
}

}  // namespace
}  // namespace longshore::directory
