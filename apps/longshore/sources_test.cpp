#include "apps/longshore/sources.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "apps/longshore/scratch_folder.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;

class Sources : public ::testing::Test {
 protected:
  Sources() {
    for (const char* name : {"photos/b.jpg", "photos/a.jpg", "photos/2026/c.jpg", "note.txt"}) make(name);
  }

  void make(const std::string& name) { folder_.write(name, name); }

  std::vector<std::string> places(const PutOptions& options) {
    std::vector<std::string> out;
    for (const Source& source : find_sources(options)) {
      const auto* failure = std::get_if<Failure>(&source.origin);
      const auto* no_file = std::get_if<Source::NoFile>(&source.origin);
      out.push_back(failure != nullptr   ? "!" + failure->reason
                    : no_file != nullptr ? no_file->what
                                         : source.path + "|" + source.name);
    }
    return out;
  }

  PutOptions sources(std::vector<std::string> names) {
    PutOptions options;
    for (const std::string& name : names)
      options.sources.push_back(name == "-" ? name : (root_ / name).string());
    return options;
  }

  testing::ScratchFolder folder_;
  const fs::path& root_ = folder_.path();
};

using Places = std::vector<std::string>;

TEST_F(Sources, WalksFoldersInOrder) {
  EXPECT_EQ(places(sources({"note.txt", "photos"})),
            (Places{"|note.txt", "photos/2026|c.jpg", "photos|a.jpg", "photos|b.jpg"}));
  EXPECT_EQ(places(sources({"photos/"})), (Places{"photos/2026|c.jpg", "photos|a.jpg", "photos|b.jpg"}));
}

TEST_F(Sources, PutsThePathInFront) {
  PutOptions options = sources({"note.txt", "photos/2026"});
  options.path = "/archive/x/";
  EXPECT_EQ(places(options), (Places{"archive/x|note.txt", "archive/x/2026|c.jpg"}));
}

TEST_F(Sources, TheCurrentFolderHasNoName) {
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "photos");
  const Places found = places({.sources = {"."}});
  fs::current_path(before);
  EXPECT_EQ(found, (Places{"2026|c.jpg", "|a.jpg", "|b.jpg"}));
}

TEST_F(Sources, TakesAName) {
  PutOptions options = sources({"note.txt"});
  options.name = "other.txt";
  EXPECT_EQ(places(options), Places{"|other.txt"});
  options = sources({"-"});
  options.name = "dump.sql";
  EXPECT_EQ(places(options), Places{"|dump.sql"});
  EXPECT_TRUE(std::holds_alternative<Source::StandardInput>(find_sources(options)[0].origin));
}

TEST_F(Sources, RefusesToReplaceAnotherOfTheSameCall) {
  make("other/note.txt");
  EXPECT_EQ(places(sources({"note.txt", "other/note.txt"})), (Places{"|note.txt", "!USAGE"}));
}

TEST_F(Sources, FollowsLinksToFilesOnly) {
  fs::create_symlink(root_ / "note.txt", root_ / "photos/link.txt");
  fs::create_symlink(root_ / "photos", root_ / "photos/loop");
  fs::create_symlink(root_ / "nothing", root_ / "photos/lost");
  EXPECT_EQ(places(sources({"photos"})), (Places{"photos/2026|c.jpg", "photos|a.jpg", "photos|b.jpg",
                                                 "photos|link.txt", "a link to a folder", "!FILE_ERROR"}));
}

TEST_F(Sources, NamesWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((root_ / "photos/d.fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((root_ / "photos/e.socket").c_str(), S_IFSOCK | 0600, 0), 0);
  fs::create_symlink("/dev/null", root_ / "photos/f.device");
  EXPECT_EQ(places(sources({"photos"})),
            (Places{"photos/2026|c.jpg", "photos|a.jpg", "photos|b.jpg", "a FIFO", "a socket", "a device"}));
}

TEST_F(Sources, NamesThatAreNotUtf8AreNamedAsFailures) {
  make("photos/\xff.jpg");
  EXPECT_EQ(places(sources({"photos"})),
            (Places{"photos/2026|c.jpg", "photos|a.jpg", "photos|b.jpg", "!USAGE"}));
}

}  // namespace
}  // namespace longshore::cli
