#include "apps/longshore/output.h"

#include <fstream>
#include <sstream>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;

class FileOutputs : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "longshore-output-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    target_ = folder_ / "film.mkv";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  static std::string text_of(const fs::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }

  fs::path folder_;
  fs::path target_;
};

TEST_F(FileOutputs, AppearsWholeAtCommit) {
  std::ofstream(target_) << "old";
  FileOutput output(target_, "v1");
  output.write(as_bytes("new "));
  output.write(as_bytes("text"));
  EXPECT_EQ(text_of(target_), "old");
  output.commit();
  EXPECT_EQ(text_of(target_), "new text");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileOutputs, KeepsWhatCameForTheNextRun) {
  {
    FileOutput(target_, "v1").write(as_bytes("half"));
  }
  FileOutput again(target_, "v1");
  EXPECT_EQ(again.kept_bytes(), 4);
  std::array<std::byte, 3> kept{};
  again.read_kept(1, kept);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(kept.data()), 3), "alf");
  EXPECT_THROW(again.read_kept(2, kept), Failure);
  again.write(as_bytes(" and half"));
  again.commit();
  EXPECT_EQ(text_of(target_), "half and half");
}

TEST_F(FileOutputs, NeverMixesTwoContents) {
  {
    FileOutput(target_, "v1").write(as_bytes("half"));
  }
  EXPECT_EQ(FileOutput(target_, "v2").kept_bytes(), 0);
}

TEST_F(FileOutputs, LeavesNothingWhereNothingCame) {
  {
    FileOutput output(target_, "v1");
  }
  {
    FileOutput output(target_, "v1");
    output.write(as_bytes("x"));
    output.restart();
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(FileOutputs, IsWrittenByOneAtATime) {
  FileOutput first(target_, "v1");
  EXPECT_THROW(FileOutput(target_, "v1"), Failure);
}

TEST_F(FileOutputs, NamesWhatIsWrong) {
  EXPECT_THROW(FileOutput(folder_ / "no/such/folder", "v1"), Failure);
  fs::create_symlink("/dev/null", folder_ / ".film.mkv.v1.part");
  EXPECT_THROW(FileOutput(target_, "v1"), Failure);
}

}  // namespace
}  // namespace longshore::cli
