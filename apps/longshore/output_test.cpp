#include "apps/longshore/output.h"

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/scratch_folder.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;

class FileOutputs : public ::testing::Test {
 protected:
  testing::ScratchFolder folder_;
  const fs::path target_ = folder_.path() / "film.mkv";
};

TEST_F(FileOutputs, AppearsWholeAtCommit) {
  folder_.write("film.mkv", "old");
  FileOutput output(target_, "v1");
  output.write(as_bytes("new "));
  output.write(as_bytes("text"));
  EXPECT_EQ(testing::ScratchFolder::read(target_), "old");
  output.commit();
  EXPECT_EQ(testing::ScratchFolder::read(target_), "new text");
  EXPECT_EQ(folder_.entries(), 1U);
}

TEST_F(FileOutputs, KeepsWhatCameForTheNextRun) {
  {
    FileOutput(target_, "v1").write(as_bytes("half"));
  }
  FileOutput again(target_, "v1");
  EXPECT_EQ(again.kept_bytes(), 4);
  std::string kept(3, ' ');
  again.read_kept(1, std::as_writable_bytes(std::span(kept)));
  EXPECT_EQ(kept, "alf");
  EXPECT_THROW(again.read_kept(2, std::as_writable_bytes(std::span(kept))), Failure);
  again.write(as_bytes(" and half"));
  again.commit();
  EXPECT_EQ(testing::ScratchFolder::read(target_), "half and half");
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
  EXPECT_EQ(folder_.entries(), 0U);
}

TEST_F(FileOutputs, IsWrittenByOneAtATime) {
  FileOutput first(target_, "v1");
  EXPECT_THROW(FileOutput(target_, "v1"), Failure);
}

TEST_F(FileOutputs, NamesWhatIsWrong) {
  EXPECT_THROW(FileOutput(folder_.path() / "no/such/folder", "v1"), Failure);
  fs::create_symlink("/dev/null", folder_.path() / ".film.mkv.v1.part");
  EXPECT_THROW(FileOutput(target_, "v1"), Failure);
}

}  // namespace
}  // namespace longshore::cli
