#include "apps/longshored/data_folder.h"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::server {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() : folder_(fs::path(testing::TempDir()) / ("data-" + std::to_string(::getpid()))) {
    config_.data_dir = folder_ / "a/b";
    config_.drives.push_back({.name = DriveName("default"), .directory = folder_ / "a/b/store"});
  }
  ~DataFolderTest() override { fs::remove_all(folder_); }

  fs::path folder_;
  Config config_;
};

TEST_F(DataFolderTest, MakesTheFoldersForThisUserAlone) {
  const DataFolder held(config_);
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "a/b/store").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST_F(DataFolderTest, BelongsToOneAtATime) {
  {
    const DataFolder held(config_);
    try {
      const DataFolder second(config_);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "the data folder " + config_.data_dir.string() + " belongs to process " +
                                     std::to_string(::getpid()) +
                                     ": stop that longshored first, or name another folder with --data-dir");
    }
  }
  const DataFolder again(config_);
}

TEST_F(DataFolderTest, AFileInTheWay) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "a") << "x";
  EXPECT_THROW(const DataFolder held(config_), Error);
}

}  // namespace
}  // namespace longshore::server
