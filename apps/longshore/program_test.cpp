#include "apps/longshore/program.h"

#include <atomic>
#include <fstream>
#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"

namespace longshore::cli {
namespace {

using testing::FakeServer;
using testing::Fault;
using Program = testing::Client;

TEST_F(Program, GivesUpWhenTheServerStaysAway) {
  const std::string file = make_file("film", 5'000);
  server_.stop();
  EXPECT_EQ(run({"put", file, "--retry-for", "300ms", "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "SERVER_UNREACHABLE");
  EXPECT_EQ(json_out().at("file").as_string(), file);
  server_.start();
}

TEST_F(Program, SaysOnceWhatItWaitsFor) {
  server_.stop();
  EXPECT_EQ(run({"ls", "--retry-for", "1s"}), 1);
  const std::string said = err_.str();
  const std::size_t first = said.find("; trying again for 1 s (--retry-for)\n");
  EXPECT_NE(first, std::string::npos) << said;
  EXPECT_EQ(said.find("trying again", first + 10), std::string::npos) << said;
  server_.start();
}

TEST_F(Program, WrongUsageIsJsonTooWhereThatIsWanted) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--json", "put"}, {"push", "x", "--json"}, {"ls", "--json", "x"}}) {
    EXPECT_EQ(run(wrong), 2);
    EXPECT_EQ(json_out().at("error").at("reason"), "USAGE");
    EXPECT_EQ(err_.str(), "");
  }
  EXPECT_EQ(run({"put", "--", "--json"}), 1);  // a file of that name
}

TEST_F(Program, GoesOnAfterAnInterruption) {
  const std::string file = make_file("film", 20'000);
  server_.inject(Fault::stall, "PUT", "/parts/", 4);  // nothing moves while the signal comes
  std::atomic<int> parts = 0;
  server_.on_part([&](std::int64_t) {
    if (++parts == 4) ::kill(::getpid(), SIGINT);
  });
  server_.look([](FakeServer::State& state) { return state.seen.clear(); });
  EXPECT_EQ(run({"put", file}), 130);
  EXPECT_NE(err_.str().find("the same command goes on"), std::string::npos) << err_.str();
  server_.release_stalled();
  server_.on_part(nullptr);

  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
  EXPECT_EQ(server_.look([](FakeServer::State& state) { return state.uploads.size(); }), 1U);
}

TEST_F(Program, LostResultsAreAFailure) {
  ASSERT_EQ(run({"put", make_file("film", 1'500)}), 0) << err_.str();
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"ls"}, {"put", (folder_.path() / "film").string(), "--json"}, {"completion", "bash"}}) {
    std::ofstream full("/dev/full");
    EXPECT_EQ(run_with(full, arguments), 1) << arguments.front();
    EXPECT_NE(err_.str().find("be written to the standard output"), std::string::npos) << err_.str();
  }
}

TEST_F(Program, RefusesWrongUsage) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"put"},
                                             {"push", "x"},
                                             {"put", "-"},
                                             {"put", "", "--name", "x"},
                                             {"put", "a", ""},
                                             {"put", "-", "-", "--name", "x"},
                                             {"put", "a", "b", "--name", "x"},
                                             {"put", "a", "--part-size", "16"},
                                             {"put", "a", "--part-size", "0"},
                                             {"put", "a", "--parallel", "0"},
                                             {"put", "a", "--parallel", "65"},
                                             {"put", "a", "--retry-for", "soon"},
                                             {"status"},
                                             {"get", "a", "b"},
                                             {"completion", "tcsh"}}) {
    EXPECT_EQ(run(wrong), 2) << (wrong.empty() ? "" : wrong.back());
    EXPECT_NE(err_.str(), "");
  }
}

}  // namespace
}  // namespace longshore::cli
