#include "apps/longshore/inspect.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"

namespace longshore::cli {
namespace {

using testing::FakeServer;
using Inspect = testing::Client;

TEST_F(Inspect, TellsStatusAndLists) {
  for (const char* name : {"a", "b", "c", "d", "e"})
    ASSERT_EQ(run({"put", make_file(name, 1'500)}), 0) << err_.str();
  ASSERT_EQ(run({"ls", "--json"}), 0) << err_.str();
  const std::string lines = out_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 5);  // over three pages
  ASSERT_EQ(run({"ls"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("  cli       e\n"), std::string::npos) << out_.str();
  const std::string upload = server_.look(
      [](FakeServer::State& state) { return state.uploads.begin()->first; });
  ASSERT_EQ(run({"status", upload, "--watch"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("COMPLETED"), std::string::npos);
  ASSERT_EQ(run({"status", "no-such-upload", "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "NOT_FOUND");
}

TEST_F(Inspect, ListsNodesThatAreAsLargeAsTheyMayBe) {
  const std::string name(1024, '\x01');  // six characters each in JSON
  server_.look([&name](FakeServer::State& state) {
    state.page_max = 1000;
    for (int i = 0; i < 250; ++i) {
      state.objects["node-" + std::to_string(i)] = {
          .path = std::string(2048, '\x01'), .name = name, .metadata = std::string(2048, '\x01')};
    }
  });
  ASSERT_EQ(run({"ls", "--json"}), 0) << err_.str();
  const std::string lines = out_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 250);
}

TEST_F(Inspect, ListsAFolderAndNotOneWhoseNameBeginsLikeIt) {
  server_.look([](FakeServer::State& state) {
    for (const char* path : {"", "a", "a/b", "ab", "ab/a"})
      state.objects["node-" + std::string(path)] = {.path = path, .name = "x"};
  });
  for (const char* path : {"a", "/a/"}) {
    ASSERT_EQ(run({"ls", "--path", path}), 0) << err_.str();
    const std::string lines = out_.str();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << lines;
    EXPECT_NE(lines.find("  a/x\n"), std::string::npos) << lines;
    EXPECT_NE(lines.find("  a/b/x\n"), std::string::npos) << lines;
  }
}

TEST_F(Inspect, ListsEveryOpenUploadOnce) {
  server_.look([](FakeServer::State& state) {
    for (const char* at : {"PENDING", "UPLOADING", "COMPLETING", "COMPLETED", "CANCELLED", "EXPIRED"})
      state.uploads[at] = {.name = at, .state = at};
  });
  server_.on_answer([](FakeServer::State& state) {  // it goes on while the lists are asked for
    state.uploads["PENDING"].state = "UPLOADING";
    state.uploads["UPLOADING"].state = "COMPLETING";
  });
  ASSERT_EQ(run({"ls", "--uploads", "--json"}), 0) << err_.str();
  std::set<std::string> seen;
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line);) {
    const std::string id(boost::json::parse(line).at("uploadId").as_string());
    EXPECT_TRUE(seen.insert(id).second) << id << " is listed twice";
  }
  EXPECT_EQ(seen, (std::set<std::string>{"PENDING", "UPLOADING", "COMPLETING"}));
}

}  // namespace
}  // namespace longshore::cli
