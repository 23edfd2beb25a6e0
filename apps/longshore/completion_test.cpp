#include "apps/longshore/completion.h"

#include <array>
#include <spawn.h>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "apps/longshore/options.h"
#include "apps/longshore/scratch_folder.h"

namespace longshore::cli {
namespace {

std::string help(const std::string& command) {
  return std::get<EarlyExit>(parse_options({command, "--help"}, "", "1.2.3")).out;
}

/// The long options that a help text lists.
std::vector<std::string> options_in(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text.substr(0, text.find("Examples:")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  -")) continue;
    const std::size_t at = line.find("--");
    out.push_back(line.substr(at, line.find_first_of(" ,", at) - at));
  }
  return out;
}

TEST(Completion, KnowsEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const char* command : {"put", "status", "ls", "cancel", "get", "rm", "completion"}) {
      EXPECT_NE(script.find(command), std::string::npos) << shell << " " << command;
      for (std::string option : options_in(help(command))) {
        if (std::string_view(shell) == "fish") option = "-l " + option.substr(2);
        EXPECT_NE(script.find(option), std::string::npos) << shell << " " << command << " " << option;
      }
    }
  }
  EXPECT_EQ(completion_script("tcsh"), "");
}

/// What bash would offer for the last of these words.
std::string offered(const std::string& words, int current) {
  const testing::ScratchFolder folder;
  const auto script = folder.write("script", completion_script("bash") + "COMP_WORDS=(" + words +
                                                 ")\nCOMP_CWORD=" + std::to_string(current) +
                                                 "\n_longshore\necho \"${COMPREPLY[@]}\" > " +
                                                 (folder.path() / "offered").string() + "\n");
  std::string shell = "bash";
  std::string file = script.string();
  const std::array<char*, 3> arguments = {shell.data(), file.data(), nullptr};
  pid_t child = 0;
  int status = -1;
  EXPECT_EQ(::posix_spawnp(&child, "bash", nullptr, nullptr, arguments.data(), environ), 0);
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return testing::ScratchFolder::read(folder.path() / "offered");
}

TEST(Completion, WorksInBash) {
  EXPECT_EQ(offered("longshore st", 1), "status\n");
  EXPECT_EQ(offered("longshore --server http://x put --para", 4), "--parallel\n");
  EXPECT_EQ(offered("longshore completion ''", 2), "bash zsh fish --help --server --json --retry-for\n");
  EXPECT_EQ(offered("longshore put --name ''", 3), "\n");
}

}  // namespace
}  // namespace longshore::cli
