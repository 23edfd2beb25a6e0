#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

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
}

INSTANTIATE_TEST_SUITE_P(Cases, S3Script, testing::ValuesIn(case_names()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace longshore::s3_script
