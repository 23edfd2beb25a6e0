#include "apps/longshored/options.h"

#include <sstream>

#include <gtest/gtest.h>

namespace longshore::server {
namespace {

class OptionsTest : public testing::Test {
 protected:
  ParsedOptions parse(const std::vector<std::string>& arguments) {
    return parse_options(arguments, "1.2.3", out_, err_);
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(OptionsTest, NothingMeansServe) {
  const auto parsed = parse({});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->verb, Verb::serve);
  EXPECT_EQ(parsed.options->config.data_dir, "");
}

TEST_F(OptionsTest, EveryOption) {
  const auto parsed = parse({"--config", "f.toml", "--http", "127.0.0.1:1", "--grpc", "127.0.0.1:2",
                             "--data-dir", "d", "--insecure", "--check-config"});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->config.config_file, "f.toml");
  EXPECT_EQ(parsed.options->config.http, "127.0.0.1:1");
  EXPECT_EQ(parsed.options->config.grpc, "127.0.0.1:2");
  EXPECT_EQ(parsed.options->config.data_dir, "d");
  EXPECT_TRUE(parsed.options->config.insecure);
  EXPECT_EQ(parsed.options->verb, Verb::check_config);
}

TEST_F(OptionsTest, Verbs) {
  EXPECT_EQ(parse({"sweep"}).options->verb, Verb::sweep);
  EXPECT_EQ(parse({"doctor", "--data-dir", "d"}).options->config.data_dir, "d");
  EXPECT_EQ(parse({"outbox"}).options->verb, Verb::outbox_list);
  const auto skip = parse({"--data-dir", "d", "outbox", "skip", "0011223344556677"});
  EXPECT_EQ(skip.options->verb, Verb::outbox_skip);
  EXPECT_EQ(skip.options->event_id, "0011223344556677");
  EXPECT_EQ(parse({"--print-config"}).options->verb, Verb::print_config);
}

TEST_F(OptionsTest, HelpAndVersionAreAnswered) {
  EXPECT_EQ(parse({"--version"}).exit_code, kExitDone);
  EXPECT_EQ(out_.str(), "longshored 1.2.3\n");
  const auto help = parse({"--help"});
  EXPECT_FALSE(help.options);
  EXPECT_NE(out_.str().find("Examples:"), std::string::npos);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(OptionsTest, WrongOnes) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--no-such"},
                                             {"serve"},
                                             {"--config"},
                                             {"outbox", "skip"},
                                             {"sweep", "doctor"},
                                             {"sweep", "--check-config"}}) {
    const auto parsed = parse(wrong);
    EXPECT_FALSE(parsed.options) << wrong.front();
    EXPECT_EQ(parsed.exit_code, kExitUsage);
  }
  EXPECT_EQ(out_.str(), "");
}

TEST_F(OptionsTest, NamesWhatItDoesNotKnowAndSaysWhatComesLater) {
  struct Row {
    std::vector<std::string> arguments;
    const char* says;
  };
  for (const Row& row :
       {Row{{"--no-such", "x"}, "unknown arguments: --no-such x"}, Row{{"serve"}, "unknown argument: serve"},
        Row{{"outbox", "list", "all"}, "unknown arguments: list all"},
        Row{{"outbox", "skip", "1", "2"}, "unknown argument: 2"},
        Row{{"sweep", "doctor"}, "unknown argument: doctor"},
        Row{{"bucket", "setup"},
            "bucket: not in this release, which leaves the bucket as it is: set its lifecycle rule by the "
            "store's own tools"},
        Row{{"token", "new"},
            "token: not in this release, which has no authentication: keep it on a loopback address, or "
            "behind a proxy that authenticates"},
        Row{{"rotate-connector", "cli"},
            "rotate-connector: not in this release, which has no encryption with customers' keys"}}) {
    err_.str("");
    EXPECT_EQ(parse(row.arguments).exit_code, kExitUsage);
    EXPECT_EQ(err_.str(),
              std::string("longshored: ") + row.says + "\nlongshored --help says how to call it\n");
  }
}

}  // namespace
}  // namespace longshore::server
