#include "apps/longshored/work_folders.h"

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using WorkFoldersTest = ConfigFixture;

TEST_F(WorkFoldersTest, SayWhichAreThere) {
  std::filesystem::create_directories(folder_ / "cold");
  CommandLine command_line;
  command_line.data_dir = std::filesystem::relative(folder_ / "data");
  const LoadedConfig loaded = load(
      "[drives.cold.directory]\npath = \"" + (folder_ / "cold").string() + "\"\n", {}, command_line);
  const std::vector<WorkFolder> folders = work_folders(loaded.config);
  ASSERT_EQ(folders.size(), 3U);
  const std::string data = (folder_ / "data").string();
  EXPECT_EQ(describe(folders[0]), "data folder " + data + ": not there, a start makes it");
  EXPECT_EQ(describe(folders[1]), "drive default " + data + "/store: not there, a start makes it");
  EXPECT_EQ(describe(folders[2]), "drive cold " + (folder_ / "cold").string() + ": there");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

}  // namespace
}  // namespace longshore::server
