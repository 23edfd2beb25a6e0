#include "directory/folder.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "directory/folder_fixture_test.h"

namespace longshore::directory {
namespace {

class FolderTest : public FolderFixture {};

TEST_F(FolderTest, NothingLeadsOutOfIt) {
  std::filesystem::create_directory(path("inside"));
  write_file("inside/file", "x");
  std::filesystem::create_symlink("inside", path("link"));
  std::filesystem::create_symlink("file", path("inside/link"));
  std::filesystem::create_symlink("/etc", path("outside"));
  struct Row {
    const char* path;
    const char* code;
  };
  const Row rows[] = {{"../x", "EXDEV"},      {"inside/../../x", "EXDEV"}, {"/etc/passwd", "EXDEV"},
                      {"link/file", "ELOOP"}, {"inside/link", "ELOOP"},    {"outside/passwd", "ELOOP"}};
  for (const Row& row : rows) {
    const auto error = error_of([&] { static_cast<void>(root().open(row.path, O_RDONLY)); });
    ASSERT_TRUE(error) << row.path;
    EXPECT_EQ(error->details().store_code, row.code) << row.path;
    EXPECT_EQ(error->reason(), Reason::store_refused);
    EXPECT_EQ(code_of([&] { static_cast<void>(root().find(row.path, O_RDONLY)); }), row.code);
  }
  EXPECT_EQ(code_of([&] { root().write("outside/x", ""); }), "ELOOP");
  EXPECT_EQ(code_of([&] { root().make_folder("link/x"); }), "ELOOP");
  EXPECT_EQ(code_of([&] { root().make_parents("link/x/y"); }), "ELOOP");
  EXPECT_EQ(code_of([&] { root().rename("inside/file", "link/file2"); }), "ELOOP");
  EXPECT_EQ(code_of([&] { root().remove("link/file"); }), "ELOOP");
  EXPECT_TRUE(root().remove("link"));  // the link itself
  EXPECT_EQ(read_file("inside/file"), "x");
}

TEST_F(FolderTest, FilesAreWrittenReadAndRemoved) {
  root().write("file", "some text");
  EXPECT_EQ(root().read("file", 100), "some text");
  root().write("file", "less");
  EXPECT_EQ(root().read("file", 4), "less");
  EXPECT_EQ(code_of([&] { static_cast<void>(root().read("file", 3)); }), "EFBIG");
  EXPECT_EQ(root().read("other", 100), std::nullopt);
  EXPECT_EQ(root().read("file/other", 100), std::nullopt);
  EXPECT_TRUE(root().remove("file"));
  EXPECT_FALSE(root().remove("file"));
  EXPECT_FALSE(root().remove("no/such/file"));
}

TEST_F(FolderTest, FoldersComeAndGo) {
  root().make_parents("a/b/c/file");
  root().make_parents("a/b/c/file");
  EXPECT_TRUE(std::filesystem::is_directory(path("a/b/c")));
  EXPECT_FALSE(std::filesystem::exists(path("a/b/c/file")));
  EXPECT_FALSE(root().make_folder("a/b"));
  root().write("a/b/c/file", "x");
  EXPECT_FALSE(root().remove_folder("a/b/c"));
  EXPECT_FALSE(root().remove("a/b/c"));
  root().rename("a/b/c/file", "a/other");
  EXPECT_EQ(read_file("a/other"), "x");
  EXPECT_TRUE(root().remove_folder("a/b/c"));
  EXPECT_FALSE(root().remove_folder("a/b/c"));
  EXPECT_EQ(code_of([&] { root().make_parents("a/other/x/y"); }), "ENOTDIR");
  root().remove_with_files("a/b");
  auto names = root().names("a");
  EXPECT_EQ(names, std::vector<std::string>{"other"});
  root().sync("a");
}

TEST_F(FolderTest, ErrorsSayWhatTheyMean) {
  struct Row {
    int error;
    Reason reason;
    Outcome outcome;
    const char* says;
  };
  const Row rows[] = {{ENOSPC, Reason::store_unavailable, Outcome::retry, "disk is full"},
                      {EDQUOT, Reason::store_unavailable, Outcome::retry, "disk is full"},
                      {EMFILE, Reason::store_unavailable, Outcome::retry, "open files"},
                      {ENFILE, Reason::store_unavailable, Outcome::retry, "open files"},
                      {EIO, Reason::store_unavailable, Outcome::retry, "Input/output error"},
                      {EACCES, Reason::store_refused, Outcome::refused, "Permission denied"},
                      {EROFS, Reason::store_refused, Outcome::refused, "Read-only file system"},
                      {EFBIG, Reason::store_refused, Outcome::refused, "File too large"},
                      {ELOOP, Reason::store_refused, Outcome::refused, "symbolic link"},
                      {ENOSYS, Reason::store_refused, Outcome::refused, "Linux 5.6"}};
  for (const Row& row : rows) {
    const Error error = file_error(row.error, "write");
    EXPECT_EQ(error.reason(), row.reason) << row.says;
    EXPECT_EQ(error.outcome(), row.outcome) << row.says;
    EXPECT_NE(error.message().find(row.says), std::string::npos) << error.message();
    EXPECT_EQ(error.details().retry_after.has_value(), row.outcome == Outcome::retry) << row.says;
  }
  EXPECT_EQ(file_error(EIO, "write", Outcome::unknown).outcome(), Outcome::unknown);
  EXPECT_EQ(file_error(EACCES, "write", Outcome::unknown).outcome(), Outcome::unknown);
}

TEST_F(FolderTest, BytesAreCopiedBetweenFiles) {
  root().write("from", "0123456789");
  root().write("to", "abcdefghij");
  const Fd from = root().open("from", O_RDONLY);
  const Fd to = root().open("to", O_WRONLY);
  copy_bytes(from.get(), 2, to.get(), 5, 3);
  EXPECT_EQ(read_file("to"), "abcde234ij");
  copy_bytes(from.get(), 0, to.get(), 10, 10);
  EXPECT_EQ(read_file("to"), "abcde234ij0123456789");
  EXPECT_EQ(code_of([&] { copy_bytes(from.get(), 5, to.get(), 0, 6); }), "EIO");
}

TEST_F(FolderTest, BytesAreCopiedFromAFileThatCannotShareThem) {
  const Fd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const Fd to = root().open("to", O_WRONLY | O_CREAT);
  copy_bytes(zeros.get(), 0, to.get(), 3, 200'000);
  EXPECT_EQ(read_file("to"), std::string(200'003, '\0'));
}

TEST_F(FolderTest, AFailedWriteIsAnError) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Fd file = root().open("file", O_WRONLY | O_CREAT);
  const auto code = code_of([&] { write_all(file.get(), (1 << 20) - 1, as_bytes("ab")); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, "EFBIG");
}

TEST_F(FolderTest, WithoutADescriptorItIsUnavailableForNow) {
  root().write("file", "x");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::optional<Error> error;
  {
    std::vector<Fd> hoard;
    for (int fd = ::dup(root().fd()); fd >= 0; fd = ::dup(root().fd())) hoard.emplace_back(fd);
    error = error_of([&] { static_cast<void>(root().open("file", O_RDONLY)); });
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().store_code, "EMFILE");
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
}

TEST(FolderPaths, ParentAndLeaf) {
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(parent_of("a/b/c"), "a/b");
  EXPECT_EQ(leaf_of("a"), "a");
  EXPECT_EQ(leaf_of("a/b/c"), "c");
}

}  // namespace
}  // namespace longshore::directory
