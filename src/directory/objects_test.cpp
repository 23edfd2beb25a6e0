#include "directory/objects.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>

#include "directory/disk_spy_test.h"
#include "directory/folder_fixture_test.h"

namespace longshore::directory {
namespace {

class ObjectsTest : public FolderFixture {
 protected:
  /// Places a new file without settling, as a process does that dies in between.
  void place(const std::string& name, const std::string& text, const std::string& etag) {
    write_file("staging/file", text);
    objects_.place("staging/file", ObjectKey(name),
                   {.key = ObjectKey(name), .size = std::ssize(text), .etag = ETag(etag)});
  }
  void put(const std::string& name, const std::string& text, const std::string& etag) {
    place(name, text, etag);
    objects_.settle(ObjectKey(name));
  }
  /// "etag:bytes" as a fresh process sees it; "etag" is "-" without a record.
  [[nodiscard]] std::string look(const std::string& name) const {
    const Objects fresh(root());
    const auto found = fresh.find(ObjectKey(name));
    if (!found) return "absent";
    return (found->record ? found->record->etag.str() : "-") + ":" + read_file("objects/" + name);
  }

  Objects objects_{root()};
};

TEST_F(ObjectsTest, AnObjectHasItsBytesAndItsRecord) {
  EXPECT_EQ(look("a/b"), "absent");
  put("a/b", "text", "e1");
  EXPECT_EQ(look("a/b"), "e1:text");
  EXPECT_EQ(look("a"), "absent");
  EXPECT_EQ(look("a/b/c"), "absent");
  EXPECT_EQ(files_in("metadata").size(), 1U);
  EXPECT_TRUE(files_in("staging").empty());
}

TEST_F(ObjectsTest, ReplacedWithItsRecordAlsoWhenNothingWasSettled) {
  place("k", "one", "e1");
  EXPECT_EQ(look("k"), "e1:one");
  place("k", "two", "e2");  // of the same length, within the same millisecond
  EXPECT_EQ(look("k"), "e2:two");
  place("k", "three", "e3");
  EXPECT_EQ(look("k"), "e3:three");
  objects_.settle(ObjectKey("k"));
  EXPECT_EQ(look("k"), "e3:three");
  EXPECT_EQ(files_in("metadata").size(), 1U);
}

TEST_F(ObjectsTest, AnObjectIsDurableBeforeItIsShown) {
  place("a/k", "text", "e1");
  DiskSpy spy;
  EXPECT_EQ(look("a/k"), "e1:text");
  EXPECT_TRUE(spy.has_synced(path("objects/a")));
  EXPECT_TRUE(spy.has_synced(path("objects")));
  spy.forget();
  EXPECT_EQ(look("a/k"), "e1:text");
  EXPECT_FALSE(spy.has_synced_anything());
}

TEST_F(ObjectsTest, AnObjectThatCannotBeMadeDurableIsNotShown) {
  place("a/k", "text", "e1");
  DiskSpy spy;
  spy.fail_sync_of(path("objects/a"));
  EXPECT_EQ(error_of([&] { objects_.settle(ObjectKey("a/k")); })->outcome(), Outcome::unknown);
  const auto error = error_of([&] { static_cast<void>(look("a/k")); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_EQ(code_of([&] { place("a/k", "other", "e2"); }), "EIO");  // it would take the mark away
  spy.fail_sync_of("");
  EXPECT_EQ(look("a/k"), "e1:text");
}

TEST_F(ObjectsTest, ARecordWithoutItsFileIsNoObject) {
  std::filesystem::create_directory(path("objects/k"));
  EXPECT_EQ(code_of([&] { place("k", "x", "e1"); }), "KeyConflict");
  std::filesystem::remove(path("objects/k"));
  EXPECT_EQ(files_in("metadata").size(), 1U);
  EXPECT_EQ(look("k"), "absent");
  put("k", "y", "e2");
  EXPECT_EQ(look("k"), "e2:y");
  EXPECT_EQ(files_in("metadata").size(), 1U);
}

TEST_F(ObjectsTest, AFailedReplacementLeavesTheObjectWithItsRecord) {
  put("k", "one", "e1");
  // The process died between the record and the file.
  const RecordPaths paths = record_paths(ObjectKey("k"));
  root().write(paths.next,
               to_json(ObjectRecord{.key = ObjectKey("k"), .size = 3, .modified_ns = 1, .etag = ETag("e2")}));
  EXPECT_EQ(look("k"), "e1:one");
  root().write(paths.next, "{\"torn");
  EXPECT_EQ(look("k"), "e1:one");
  put("k", "three", "e3");
  EXPECT_EQ(look("k"), "e3:three");
}

TEST_F(ObjectsTest, AReplacementThatFailsDoesNotTakeTheUnsettledRecordAlong) {
  place("k", "one", "e1");
  write_file("staging/file", "two");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  const std::string code = code_of(
      [&] { objects_.place("staging/file", ObjectKey("k"), {.size = 3, .etag = ETag("e2")}); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, "EFBIG");
  EXPECT_EQ(look("k"), "e1:one");
}

TEST_F(ObjectsTest, AFilePutThereByHandIsAnObjectWithoutRecord) {
  write_file("objects/k", "by hand");
  EXPECT_EQ(look("k"), "-:by hand");
  put("k", "x", "e1");
  write_file("objects/k", "changed by hand");
  EXPECT_EQ(look("k"), "-:changed by hand");
}

TEST_F(ObjectsTest, ARestoredBackupMayHaveLostItsTimes) {
  put("k", "text", "e1");
  std::filesystem::last_write_time(path("objects/k"), std::filesystem::file_time_type{});
  EXPECT_EQ(look("k"), "e1:text");
}

TEST_F(ObjectsTest, LinksAreNotFollowed) {
  std::filesystem::create_symlink("/etc/passwd", path("objects/link"));
  std::filesystem::create_symlink("/etc", path("objects/etc"));
  EXPECT_EQ(code_of([&] { static_cast<void>(objects_.find(ObjectKey("link"))); }), "ELOOP");
  EXPECT_EQ(code_of([&] { static_cast<void>(objects_.find(ObjectKey("etc/passwd"))); }), "ELOOP");
  EXPECT_EQ(code_of([&] { place("etc/x", "x", "e"); }), "ELOOP");
  EXPECT_EQ(code_of([&] { place("link", "x", "e"); }), "ELOOP");
  objects_.remove(ObjectKey("link"));  // the link goes, what it points to stays
  EXPECT_EQ(look("link"), "absent");
}

TEST_F(ObjectsTest, WhatIsNoFileIsNoObject) {
  std::filesystem::create_directory(path("objects/folder"));
  ASSERT_EQ(::mkfifo(path("objects/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(objects_.find(ObjectKey("folder")));
  EXPECT_FALSE(objects_.find(ObjectKey("pipe")));
}

TEST_F(ObjectsTest, ConflictsAreKnownBeforehand) {
  put("a/b", "x", "e");
  objects_.check(ObjectKey("a/b"));
  objects_.check(ObjectKey("a/c/d"));
  objects_.check(ObjectKey("new/x"));
  EXPECT_EQ(code_of([&] { objects_.check(ObjectKey("a")); }), "KeyConflict");
  EXPECT_EQ(code_of([&] { objects_.check(ObjectKey("a/b/c")); }), "KeyConflict");
  EXPECT_EQ(code_of([&] { objects_.check(ObjectKey("a/b/c/d")); }), "KeyConflict");
  EXPECT_EQ(code_of([&] { place("a", "x", "e"); }), "KeyConflict");
  EXPECT_EQ(code_of([&] { place("a/b/c", "x", "e"); }), "KeyConflict");
  EXPECT_EQ(look("a/b"), "e:x");
}

TEST_F(ObjectsTest, RemovedWithRecordsAndEmptyFolders) {
  put("a/b/c", "x", "e1");
  put("a/d", "y", "e2");
  objects_.remove(ObjectKey("a/b/c"));
  EXPECT_EQ(look("a/b/c"), "absent");
  EXPECT_FALSE(std::filesystem::exists(path("objects/a/b")));
  EXPECT_EQ(look("a/d"), "e2:y");
  EXPECT_EQ(files_in("metadata").size(), 1U);
  objects_.remove(ObjectKey("a/b/c"));
  objects_.remove(ObjectKey("a"));
  objects_.remove(ObjectKey("a/d"));
  EXPECT_TRUE(files_in("metadata").empty());
  EXPECT_TRUE(std::filesystem::is_empty(path("objects")));
}

TEST_F(ObjectsTest, FoldersThatWereThereAlreadyAreMadeDurableToo) {
  std::filesystem::create_directories(path("objects/a/b"));  // by a process that died before it synced them
  const RecordPaths paths = record_paths(ObjectKey("a/b/k"));
  std::filesystem::create_directory(path(parent_of(paths.next)));
  DiskSpy spy;
  place("a/b/k", "x", "e1");
  EXPECT_TRUE(spy.has_synced(path("metadata")));
  objects_.settle(ObjectKey("a/b/k"));
  for (const char* folder : {"objects", "objects/a", "objects/a/b"})
    EXPECT_TRUE(spy.has_synced(path(folder))) << folder;
}

TEST_F(ObjectsTest, ARemovalThatWasCutOffIsMadeDurable) {
  put("a/k", "x", "e1");
  put("a/other", "y", "e2");
  std::filesystem::remove(path("objects/a/k"));  // by a process that died before it synced that
  DiskSpy spy;
  objects_.remove(ObjectKey("a/k"));
  EXPECT_TRUE(spy.has_synced(path("objects/a")));
  spy.forget();
  objects_.remove(ObjectKey("b/c/k"));  // its folders have gone with it
  EXPECT_TRUE(spy.has_synced(path("objects")));
}

}  // namespace
}  // namespace longshore::directory
