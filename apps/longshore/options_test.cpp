#include "apps/longshore/options.h"

#include <fstream>
#include <sstream>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/units.h"

namespace longshore::cli {
namespace {

using Arguments = std::vector<std::string>;

Options parsed(const Arguments& arguments) {
  auto result = parse_options(arguments, "", "1.2.3");
  if (const auto* early = std::get_if<EarlyExit>(&result)) {
    ADD_FAILURE() << early->out << early->err;
    return {};
  }
  return std::get<Options>(result);
}

EarlyExit refused(const Arguments& arguments, const std::string& token = "") {
  auto result = parse_options(arguments, token, "1.2.3");
  if (const auto* early = std::get_if<EarlyExit>(&result)) return *early;
  ADD_FAILURE() << "was accepted: " << (arguments.empty() ? "" : arguments.back());
  return {};
}

std::string help(Arguments arguments) {
  arguments.push_back("--help");
  const EarlyExit early = refused(arguments);
  EXPECT_EQ(early.code, 0);
  EXPECT_EQ(early.err, "");
  return early.out;
}

const std::vector<std::string>& commands() {
  static const std::vector<std::string> kAll = {"put", "status", "ls", "cancel", "get", "rm", "completion"};
  return kAll;
}

TEST(Options, ReadsPut) {
  const Options options = parsed({"put", "-", "--name", "n", "--json", "--connector", "c", "--path", "x/y",
                                  "--part-size", "16MiB", "--parallel", "8", "--server", "http://host:1"});
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.server, "http://host:1");
  const auto& put = std::get<PutOptions>(options.command);
  EXPECT_EQ(put.sources, Arguments{"-"});
  EXPECT_EQ(put.name, "n");
  EXPECT_EQ(put.connector, "c");
  EXPECT_EQ(put.path, "x/y");
  EXPECT_EQ(put.part_bytes, 16 * MiB);
  EXPECT_EQ(put.parallel, 8);
}

TEST(Options, HasDefaults) {
  ::unsetenv("LONGSHORE_SERVER");
  const Options options = parsed({"put", "a"});
  EXPECT_EQ(options.server, "http://127.0.0.1:7070");
  EXPECT_FALSE(options.json);
  EXPECT_FALSE(options.retry_for);
  const auto& put = std::get<PutOptions>(options.command);
  EXPECT_EQ(put.connector, "cli");
  EXPECT_EQ(put.parallel, 4);
  EXPECT_FALSE(put.part_bytes);
  EXPECT_FALSE(put.name);
}

TEST(Options, CommonOnesStandAnywhere) {
  for (const Arguments& arguments : {Arguments{"--json", "--retry-for", "30s", "status", "x", "--watch"},
                                     Arguments{"status", "x", "--watch", "--retry-for", "30s", "--json"}}) {
    const Options options = parsed(arguments);
    EXPECT_TRUE(options.json);
    EXPECT_EQ(options.retry_for, Millis{30'000});
    EXPECT_TRUE(std::get<StatusOptions>(options.command).watch);
  }
}

TEST(Options, TheServerMayComeFromTheEnvironment) {
  ::setenv("LONGSHORE_SERVER", "http://elsewhere:1", 1);
  const std::string from_environment = parsed({"ls"}).server;
  const std::string from_option = parsed({"ls", "--server", "http://here:1"}).server;
  ::unsetenv("LONGSHORE_SERVER");
  EXPECT_EQ(from_environment, "http://elsewhere:1");
  EXPECT_EQ(from_option, "http://here:1");
}

TEST(Options, SaysWhatIsWrong) {
  struct Row {
    Arguments arguments;
    const char* words;
  };
  for (const Row& row :
       {Row{{"put", "-"}, "--name"}, Row{{"put", "a", "--part-size", "16"}, "16MiB"},
        Row{{"put", "a", "--retry-for", "soon"}, "30s"}, Row{{"ls", "--server", "localhost:7070"}, "http://"},
        Row{{"put", "a", "--nonsense", "1"}, "unknown argument"},
        Row{{"ls", "extra", "words"}, "unknown arguments extra words\n'longshore ls --help' tells more\n"},
        Row{{"put"}, "required\n'longshore put --help' tells more\n"},
        Row{{"ls", "--uploads", "--path", "x"}, "--path"},
        Row{{}, "longshore: a command is needed\n'longshore --help' tells more\n"},
        Row{{"--nonsense"}, "unknown option --nonsense"},
        Row{{"push", "film"}, "longshore: unknown command push\n'longshore --help' tells more\n"},
        Row{{"versions", "x"},
            "the command versions is not in this release, which keeps no replaced objects"},
        Row{{"rollback", "x", "y"}, "rollback is not in this release"},
        Row{{"rotate", "x"}, "rotate is not in this release, which has no encryption"}}) {
    const EarlyExit early = refused(row.arguments);
    EXPECT_EQ(early.code, 2);
    EXPECT_EQ(early.out, "");
    EXPECT_NE(early.err.find(row.words), std::string::npos) << early.err;
  }
  EXPECT_NE(refused({"ls"}, "secret\n").err.find("LONGSHORE_TOKEN"), std::string::npos);
}

TEST(Options, PrintsItsVersion) { EXPECT_EQ(refused({"--version"}).out, "longshore 1.2.3\n"); }

/// The help is what people and their scripts see: a change of it is a decision. LONGSHORE_UPDATE_GOLDEN=1
/// writes it anew.
TEST(Help, IsTheGoldenOne) {
  for (const std::string& command :
       std::vector<std::string>{"", "put", "status", "ls", "cancel", "get", "rm", "completion"}) {
    const std::string file = "tests/golden/longshore-help" + (command.empty() ? "" : "-" + command) + ".txt";
    const std::string text = help(command.empty() ? Arguments{} : Arguments{command});
    if (::getenv("LONGSHORE_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
    std::ostringstream golden;
    golden << std::ifstream(file).rdbuf();
    EXPECT_EQ(text, golden.str()) << file;
  }
}

TEST(Help, KeepsToAWidth) {
  for (const std::string& command : commands()) {
    std::istringstream lines(help({command}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
  }
}

}  // namespace
}  // namespace longshore::cli
