#include <sys/wait.h>
#include <unistd.h>

#include "directory/store_fixture_test.h"

namespace longshore::directory {
namespace {

class OpenStoreTest : public StoreFixture {};

TEST_F(OpenStoreTest, MakesItsFoldersInAnEmptyOne) {
  for (const char* folder : {"objects", "metadata", "staging"}) std::filesystem::remove(path(folder));
  store();
  EXPECT_TRUE(std::filesystem::is_directory(path("objects")));
  EXPECT_TRUE(std::filesystem::is_directory(path("metadata")));
  EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
}

TEST_F(OpenStoreTest, ObjectsAndUploadsAreThereAgain) {
  put_object("a/object", "text");
  const StoreUploadId fixed = create("one", 4);
  const StoreUploadId own = create("two");
  const CompletePart one = put("one", fixed, 1, "1111");
  const CompletePart two = put("two", own, 1, "2222");

  EXPECT_EQ(reopen().open_report().unfinished_uploads, 2);
  EXPECT_EQ(store().open_report().leftovers_removed, 0);
  EXPECT_EQ(get("a/object"), "text");
  EXPECT_EQ(await(store().list_uploads(ObjectKey("one"))), std::vector<StoreUploadId>{fixed});
  complete("one", fixed, {one, put("one", fixed, 2, "3")});
  complete("two", own, {two, put("two", own, 2, "4")});
  EXPECT_EQ(reopen().open_report().unfinished_uploads, 0);
  EXPECT_EQ(get("one"), "11113");
  EXPECT_EQ(get("two"), "22224");
}

TEST_F(OpenStoreTest, LeftoversGoAndWhatIsNotOursStays) {
  const StoreUploadId upload = create("k");
  put("k", upload, 1, "x");
  write_file("staging/put-00ff", "half an object");
  write_file("staging/notes.txt", "a person's");
  std::filesystem::create_directory(path("staging/00000000000000000000000000000000"));
  write_file("staging/00000000000000000000000000000000/upload.json.new", "half");

  EXPECT_EQ(reopen().open_report().leftovers_removed, 2);
  EXPECT_EQ(store().open_report().unfinished_uploads, 1);
  EXPECT_FALSE(std::filesystem::exists(path("staging/put-00ff")));
  EXPECT_FALSE(std::filesystem::exists(path("staging/00000000000000000000000000000000")));
  EXPECT_EQ(read_file("staging/notes.txt"), "a person's");
  EXPECT_EQ(parts("k", upload), 1U);
}

TEST_F(OpenStoreTest, ADamagedUploadIsReportedAndTheOthersWork) {
  const StoreUploadId bad = create("bad");
  const StoreUploadId good = create("good");
  put("good", good, 1, "x");
  write_file("staging/" + bad.str() + "/upload.json", "{");
  EXPECT_EQ(reopen().open_report().damaged, std::vector<std::string>{"staging/" + bad.str()});
  EXPECT_EQ(parts("good", good), 1U);
  EXPECT_TRUE(std::filesystem::exists(path("staging/" + bad.str())));
  EXPECT_TRUE(await(store().list_uploads(ObjectKey("bad"))).empty());
}

TEST_F(OpenStoreTest, ACompletionCutOffBehindTheRenameIsFinished) {
  const StoreUploadId upload = create("k", 4);
  put("k", upload, 1, "text");
  const std::string folder = "staging/" + upload.str();
  const std::string log = read_file(folder + "/parts.log");
  reopen();
  write_file(folder + "/parts.log", log + complete_line("data"));
  std::filesystem::rename(path(folder + "/data"), path("objects/k"));
  EXPECT_EQ(reopen().open_report().leftovers_removed, 1);
  EXPECT_EQ(store().open_report().unfinished_uploads, 0);
  EXPECT_EQ(get("k"), "text");
  EXPECT_FALSE(std::filesystem::exists(path(folder)));
}

TEST_F(OpenStoreTest, AFolderBelongsToOneProcess) {
  store();
  EXPECT_EQ(code_of([&] { DirectoryStore::open(path_, tools()); }), "FolderInUse");
  reopen();
}

TEST_F(OpenStoreTest, AFolderThatIsNotFitIsRefusedClearly) {
  const auto missing = error_of([&] { DirectoryStore::open(path("missing"), tools()); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->message(), "the folder store cannot open its folder: No such file or directory");
  write_file("file", "");
  EXPECT_EQ(code_of([&] { DirectoryStore::open(path("file"), tools()); }), "ENOTDIR");

  std::filesystem::remove(path("staging"));
  write_file("staging", "a file in the way");
  const auto in_the_way = error_of([&] { store(); });
  ASSERT_TRUE(in_the_way);
  EXPECT_EQ(in_the_way->reason(), Reason::store_refused);
  EXPECT_NE(in_the_way->message().find("not fit for a store"), std::string::npos) << in_the_way->message();
}

TEST_F(OpenStoreTest, AFolderThatCannotBeWrittenToIsRefusedClearly) {
  using std::filesystem::perms;
  constexpr perms kReadOnly = perms::owner_read | perms::owner_exec | perms::group_read | perms::group_exec |
                              perms::others_read | perms::others_exec;
  for (const char* folder : {"staging", "."}) std::filesystem::permissions(path(folder), kReadOnly);
  const pid_t child = ::fork();
  if (child == 0) {  // as another user than root, who may write anywhere
    constexpr uid_t kNobody = 65534;
    if (::getuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
    const auto error = error_of([&] { DirectoryStore::open(path_, tools()); });
    const bool clear = error && error->details().store_code == "EACCES" &&
                       error->reason() == Reason::store_refused &&
                       error->message().find("not fit for a store") != std::string::npos;
    ::_exit(clear ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (const char* folder : {".", "staging"}) std::filesystem::permissions(path(folder), perms::owner_all);
}

}  // namespace
}  // namespace longshore::directory
