#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/s3_script/world.h"

namespace longshore::s3_script {

/// A command and what must come of it.
struct Step {
  int line = 0;
  std::vector<std::string> words;
  std::string expected;
};

/// One file of cases/, whose README.md says what may stand in it.
struct CaseFile {
  WorldOptions options;
  std::vector<Step> steps;
};

/// Throws std::invalid_argument, naming the line.
CaseFile read_case(const std::filesystem::path& file);

}  // namespace longshore::s3_script
