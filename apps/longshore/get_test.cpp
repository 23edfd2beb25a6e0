#include "apps/longshore/get.h"

#include <atomic>
#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;
using testing::FakeServer;
using testing::Fault;
using testing::Redirected;
using Get = testing::Client;

TEST_F(Get, GetsAFileAndTakesUpABrokenDownload) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  server_.inject(Fault::cut_body, "GET", "/content", 2);
  const fs::path target = folder_.path() / "copy";
  ASSERT_EQ(run({"get", node_id("film"), "-o", target.string()}), 0) << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(target), contents_["film"]);
  EXPECT_EQ(server_.count_seen("GET", "/content"), 3);
  EXPECT_EQ(folder_.entries(), 2U);  // the film and its copy, nothing beside
}

TEST_F(Get, GetsTheRestInALaterRun) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  server_.inject(Fault::cut_body, "GET", "/content");
  server_.inject(Fault::reset_before, "GET", "/content", 100);
  const std::string target = (folder_.path() / "copy").string();
  ASSERT_EQ(run({"get", node_id("film"), "-o", target, "--retry-for", "100ms"}), 1);
  EXPECT_FALSE(fs::exists(target));
  server_.look([](FakeServer::State& state) { return state.seen.clear(); });
  server_.drop_plan();
  ASSERT_EQ(run({"get", node_id("film"), "-o", target}), 0) << err_.str();
  server_.look(
      [](FakeServer::State& state) { EXPECT_EQ(state.seen.back().fields.at("range"), "bytes=450000-"); });
  EXPECT_EQ(fs::file_size(target), 900'000U);
}

TEST_F(Get, RefusesBytesThatAreNotTheNodes) {
  ASSERT_EQ(run({"put", make_file("film", 2'000)}), 0) << err_.str();
  const std::string id = node_id("film");
  std::atomic<bool> first = true;
  server_.on_answer([&](FakeServer::State& state) {  // after the node was asked for
    if (first.exchange(false)) state.objects[id].bytes[7] = '#';
  });
  EXPECT_EQ(run({"get", id, "-o", (folder_.path() / "copy").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "CONTENT_DIFFERS");
  EXPECT_FALSE(fs::exists(folder_.path() / "copy"));
}

TEST_F(Get, SaysThatADeletedNodeHasNoContent) {
  ASSERT_EQ(run({"put", make_file("film", 2'000)}), 0) << err_.str();
  ASSERT_EQ(run({"rm", node_id("film")}), 0) << err_.str();
  EXPECT_EQ(run({"get", node_id("film"), "-o", (folder_.path() / "copy").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "NODE_DELETED");
}

TEST_F(Get, GetsToThePipe) {
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  const fs::path target = folder_.path() / "piped";
  const int output = ::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int code = 0;
  {
    const Redirected standard_output(STDOUT_FILENO, output);
    code = run({"get", node_id("film")});
  }
  ::close(output);
  EXPECT_EQ(code, 0) << err_.str();
  EXPECT_EQ(fs::file_size(target), 5'000U);
}

}  // namespace
}  // namespace longshore::cli
