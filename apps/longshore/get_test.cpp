#include "apps/longshore/get.h"

#include <chrono>
#include <deque>
#include <fcntl.h>
#include <functional>
#include <future>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"
#include "base/file.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;
using testing::FakeServer;
using testing::Fault;
using testing::Redirected;

class Get : public testing::Client {
 protected:
  using Action = std::function<void(FakeServer::State&)>;

  /// What happens after the next answer to such a request; of several ones, after the one before.
  void once_after(const std::string& method, Action action) {
    planned_.emplace_back(method, std::move(action));
    server_.on_answer([this](FakeServer::State& state) {
      if (planned_.empty() || state.seen.back().method != planned_.front().first) return;
      planned_.front().second(state);
      planned_.pop_front();
    });
  }
  static void update(FakeServer::Object& object, const std::string& bytes) {
    object.bytes = bytes;
    ++object.version;
  }
  /// With the standard output going to a file.
  int run_into(const fs::path& target, const std::vector<std::string>& arguments) {
    const int output = ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const Redirected standard_output(STDOUT_FILENO, output);
    ::close(output);
    return run(arguments);
  }

 private:
  std::deque<std::pair<std::string, Action>> planned_;
};

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
  once_after("HEAD", [id](FakeServer::State& state) { state.objects[id].bytes[7] = '#'; });
  EXPECT_EQ(run({"get", id, "-o", (folder_.path() / "copy").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "CONTENT_DIFFERS");
  EXPECT_EQ(folder_.entries(), 1U);
}

TEST_F(Get, AnUpdateBetweenItsQuestionsIsNoDifference) {
  ASSERT_EQ(run({"put", make_file("film", 2'000)}), 0) << err_.str();
  const std::string id = node_id("film");
  for (const char* question : {"GET", "HEAD"}) {  // the node, its content's head
    const std::string bytes = std::string("what was put after ") + question;
    once_after(question, [&](FakeServer::State& state) { update(state.objects[id], bytes); });
    const fs::path target = folder_.path() / question;
    ASSERT_EQ(run({"get", id, "-o", target.string()}), 0) << err_.str();
    EXPECT_EQ(testing::ScratchFolder::read(target), bytes);
  }
  EXPECT_EQ(folder_.entries(), 3U) << "of what was begun nothing is left";
}

TEST_F(Get, BeginsAnewWhenTheContentIsReplacedInTheMiddle) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  const std::string id = node_id("film");
  const std::string bytes(1'000, 'n');
  server_.inject(Fault::cut_body, "GET", "/content");
  once_after("HEAD", [](FakeServer::State&) {});
  once_after("GET", [&](FakeServer::State& state) { update(state.objects[id], bytes); });
  const fs::path target = folder_.path() / "copy";
  ASSERT_EQ(run({"get", id, "-o", target.string()}), 0) << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(target), bytes);
  EXPECT_NE(err_.str().find("was replaced"), std::string::npos) << err_.str();
  EXPECT_EQ(folder_.entries(), 2U);
}

TEST_F(Get, NeverMixesTwoContentsInAPipe) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  const std::string id = node_id("film");
  server_.inject(Fault::cut_body, "GET", "/content");
  once_after("HEAD", [](FakeServer::State&) {});
  once_after("GET", [&](FakeServer::State& state) { update(state.objects[id], "new"); });
  const fs::path target = folder_.path() / "piped";
  EXPECT_EQ(run_into(target, {"get", id, "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "CONTENT_DIFFERS");
  EXPECT_EQ(testing::ScratchFolder::read(target), contents_["film"].substr(0, 450'000));
}

TEST_F(Get, SaysThatADeletedNodeHasNoContent) {
  ASSERT_EQ(run({"put", make_file("film", 2'000)}), 0) << err_.str();
  ASSERT_EQ(run({"rm", node_id("film")}), 0) << err_.str();
  EXPECT_EQ(run({"get", node_id("film"), "-o", (folder_.path() / "copy").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "NODE_DELETED");
}

TEST_F(Get, TakesNoNameThatHidesOrStandsForAnotherFile) {
  ASSERT_EQ(run({"put", make_file("film", 5'000), "--name", ".bashrc"}), 0) << err_.str();
  const std::string home = folder_.write("home/film", "mine").parent_path().string();
  EXPECT_EQ(run({"get", node_id(".bashrc"), "-o", home, "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "USAGE");

  ASSERT_EQ(run({"put", (folder_.path() / "film").string()}), 0) << err_.str();
  EXPECT_EQ(run({"get", node_id("film"), "-o", home, "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "FILE_ERROR");
  EXPECT_EQ(testing::ScratchFolder::read(home + "/film"), "mine");
  EXPECT_EQ(run({"get", node_id("film"), "-o", home + "/film"}), 0) << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(home + "/film"), contents_["film"]);

  const fs::path empty = folder_.path() / "empty";
  fs::create_directory(empty);
  EXPECT_EQ(run({"get", node_id("film"), "-o", empty.string()}), 0) << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(empty / "film"), contents_["film"]);
}

TEST_F(Get, WritesToAFifoOnceSomebodyReadsIt) {
  ASSERT_EQ(run({"put", make_file("film", 300'000)}), 0) << err_.str();
  const fs::path fifo = folder_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  auto read = std::async(std::launch::async, [&] { return testing::ScratchFolder::read(fifo); });
  EXPECT_EQ(run({"get", node_id("film"), "-o", fifo.string()}), 0) << err_.str();
  EXPECT_EQ(read.get(), contents_["film"]);
  EXPECT_TRUE(fs::is_fifo(fifo));
}

TEST_F(Get, EndsByASignalWhileNobodyReadsItsPipe) {
  ASSERT_EQ(run({"put", make_file("film", 900'000)}), 0) << err_.str();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  auto interrupt = std::async(std::launch::async, [&] {  // when the pipe is full
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    pollfd has_room{.fd = writer.get(), .events = POLLOUT, .revents = 0};
    bool full = false;
    while (!full && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
      full = ::poll(&has_room, 1, 0) == 0;
    }
    ::kill(::getpid(), SIGINT);
    return full;
  });
  int code = 0;
  {
    const Redirected standard_output(STDOUT_FILENO, writer.get());
    code = run({"get", node_id("film")});
  }
  EXPECT_EQ(code, 130);
  EXPECT_TRUE(interrupt.get());
}

TEST_F(Get, GetsToThePipe) {
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  const std::string id = node_id("film");
  const fs::path target = folder_.path() / "piped";
  EXPECT_EQ(run_into(target, {"get", id}), 0) << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(target), contents_["film"]);

  once_after("HEAD", [&](FakeServer::State& state) { update(state.objects[id], "new"); });
  EXPECT_EQ(run_into(target, {"get", id}), 0) << "nothing had been written yet: " << err_.str();
  EXPECT_EQ(testing::ScratchFolder::read(target), "new");
}

}  // namespace
}  // namespace longshore::cli
