#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.h"
#include "tests/s3_script/case_file.h"

namespace longshore::s3_script {
namespace {

constexpr const char* kFolder = "tests/s3_script/cases";

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

class S3Script : public testing::TestWithParam<std::string> {};

TEST_P(S3Script, IsAnsweredWell) {
  const CaseFile file = read_case(std::filesystem::path(kFolder) / (GetParam() + ".case"));
  World world(file.options);
  for (const Step& step : file.steps) {
    ASSERT_EQ(world.run(step.words), step.expected) << GetParam() << ".case:" << step.line;
  }
  for (const int line : world.lines_of_idle_rules())
    ADD_FAILURE() << GetParam() << ".case:" << line << ": this has not come to pass";
}

INSTANTIATE_TEST_SUITE_P(Cases, S3Script, testing::ValuesIn(case_names()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

/// What read_case says of these lines; "": they are a case.
std::string complaint_of(const std::string& text) {
  const TemporaryFolder folder;
  const std::filesystem::path file = std::filesystem::path(folder.path()) / "some.case";
  std::ofstream(file) << text;
  try {
    read_case(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(S3ScriptFile, WordsThatSayNothingAreRefused) {
  EXPECT_EQ(complaint_of("open\nput 0 10 held\n"), "");
  EXPECT_EQ(complaint_of("opne\n"), "some.case:1: no such command: opne");
  EXPECT_EQ(complaint_of("open\nput 0 10 hedl\n"), "some.case:2: no such way to put: hedl");
  EXPECT_EQ(complaint_of("put 0\n"), "some.case:1: too few words, or too many");
  EXPECT_EQ(complaint_of("open\nseen UplaodPart => 1\n"), "some.case:2: no such call: UplaodPart");
  EXPECT_EQ(complaint_of("# a\non UplaodPart 1 lose\nopen\n"), "some.case:2: no such call: UplaodPart");
  EXPECT_EQ(complaint_of("on UploadPart 1 loose\nopen\n"), "some.case:1: no such action: loose");
  EXPECT_EQ(complaint_of("on UploadPart x lose\nopen\n"), "some.case:1: no number: x");
  EXPECT_EQ(complaint_of("profile minoi\nopen\n"), "some.case:1: no such profile: minoi");
  EXPECT_EQ(complaint_of("checksums some\nopen\n"), "some.case:1: checksums are not some");
  EXPECT_EQ(complaint_of("restart md5\n"), "some.case:1: checksum is not md5");
  EXPECT_EQ(complaint_of("# nothing\n"), "some.case: it says nothing");
}

TEST(S3ScriptFile, ARuleThatNeverHeldIsNoticed) {
  WorldOptions options;
  options.s3.rules = {
      {.line = 7, .call = "UploadPart", .first = 1, .last = 1, .action = "lose", .arguments = {}}};
  World world(options);
  world.run({"open"});
  EXPECT_EQ(world.lines_of_idle_rules(), std::vector<int>{7});
}

}  // namespace
}  // namespace longshore::s3_script
