// The client as a whole against a server that misbehaves. What is run is what main() runs.
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <signal.h>
#include <sstream>
#include <stdlib.h>
#include <thread>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "apps/longshore/fake_server.h"
#include "apps/longshore/options.h"
#include "apps/longshore/program.h"
#include "base/hash.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;
using testing::FakeServer;
using testing::Fault;

/// A descriptor of this process that points elsewhere for a while.
class Redirected {
 public:
  Redirected(int descriptor, int to) : descriptor_(descriptor), saved_(::dup(descriptor)) {
    ::dup2(to, descriptor_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(saved_, descriptor_);
    ::close(saved_);
  }

 private:
  int descriptor_;
  int saved_;
};

class Client : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "longshore-client-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    server_.release_stalled();
    fs::remove_all(folder_);
  }

  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.end(), {"--server", server_.url()});
    const auto parsed = parse_options(arguments, token_, "1.2.3");
    if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
      err_ << early->err;
      return early->code;
    }
    return cli::run(std::get<Options>(parsed), {.out = out_, .err = err_});
  }

  std::string make_file(const std::string& name, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    contents_[name] = bytes;
    return (folder_ / name).string();
  }

  /// The bytes that the server holds under that name.
  std::string stored(const std::string& path, const std::string& name) {
    return server_.look([&](FakeServer::State& state) -> std::string {
      for (const auto& [id, object] : state.objects) {
        if (object.path == path && object.name == name) return object.bytes;
      }
      return "(nothing)";
    });
  }

  std::string node_id(const std::string& name) {
    return server_.look([&](FakeServer::State& state) -> std::string {
      for (const auto& [id, object] : state.objects) {
        if (object.name == name) return id;
      }
      return "(none)";
    });
  }

  boost::json::object json_out() { return boost::json::parse(out_.str()).as_object(); }

  FakeServer server_;
  fs::path folder_;
  std::map<std::string, std::string> contents_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::string token_;
};

TEST_F(Client, PutsAFileInParallelParts) {
  const std::string file = make_file("film.mkv", 10'500);
  token_ = "secret";
  ASSERT_EQ(run({"put", file, "--json", "--path", "films"}), 0) << err_.str();
  EXPECT_EQ(stored("films", "film.mkv"), contents_["film.mkv"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 11);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/10?last=true"), 1);

  const boost::json::object result = json_out();
  Crc32c crc;
  crc.update(as_bytes(contents_["film.mkv"]));
  std::vector<std::string> keys;
  for (const auto& [key, value] : result) keys.emplace_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"nodeId", "state", "size", "etag", "versionId", "crc32c", "seconds"}));
  EXPECT_EQ(result.at("state"), "COMPLETED");
  EXPECT_EQ(result.at("size"), 10'500);
  EXPECT_EQ(result.at("crc32c").as_string(), crc32c_to_base64(crc.value()));
  EXPECT_TRUE(result.at("seconds").is_double());

  server_.look([](FakeServer::State& state) {
    for (const auto& seen : state.seen)
      EXPECT_EQ(seen.fields.at("authorization"), "Bearer secret") << seen.target;
    EXPECT_LE(state.connections, 5);  // kept alive: one a sender, one for the rest
    EXPECT_LE(state.most_parts_at_once, 4);
  });
}

TEST_F(Client, PutsSizesAtTheEdges) {
  for (const std::size_t size : {0U, 1U, 999U, 1000U, 1001U, 2000U}) {
    const std::string file = make_file("file-" + std::to_string(size), size);
    ASSERT_EQ(run({"put", file}), 0) << err_.str();
    EXPECT_EQ(stored("", "file-" + std::to_string(size)), contents_["file-" + std::to_string(size)]);
  }
}

TEST_F(Client, PutsPartsLargerThanItsBuffers) {
  const std::string file = make_file("large", 3'000'000);
  ASSERT_EQ(run({"put", file, "--part-size", "1MB", "--parallel", "2"}), 0) << err_.str();
  EXPECT_EQ(stored("", "large"), contents_["large"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 3);
}

TEST_F(Client, StaysWithinTheServersParallelLimit) {
  server_.look([](FakeServer::State& state) { return state.max_concurrent_chunks = 2; });
  ASSERT_EQ(run({"put", make_file("film", 30'000), "--parallel", "8"}), 0) << err_.str();
  EXPECT_LE(server_.look([](FakeServer::State& state) { return state.most_parts_at_once; }), 2);
}

TEST_F(Client, ToleratesWhatPasses) {
  for (const Fault fault : {Fault::unavailable, Fault::reset_before, Fault::reset_after,
                            Fault::part_in_progress, Fault::digest_mismatch}) {
    server_.inject(fault, "PUT", "/parts/2");
    const std::string name = "file-" + std::to_string(static_cast<int>(fault));
    const std::string file = make_file(name, 5'000);
    ASSERT_EQ(run({"put", file}), 0) << err_.str();
    EXPECT_EQ(stored("", name), contents_[name]);
  }
}

TEST_F(Client, ToleratesLostAnswersOfEveryCall) {
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/limits"}, {"POST", "/v1/uploads"}, {"POST", "/complete"}, {"PUT", "/parts/4?last"}}) {
    server_.inject(Fault::reset_after, method, target);
    server_.inject(Fault::unavailable, method, target);
  }
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
  EXPECT_EQ(server_.look([](FakeServer::State& state) { return state.uploads.size(); }), 1U);
}

TEST_F(Client, ToleratesARestartOfTheServer) {
  std::promise<void> reached;
  std::atomic<bool> once = false;
  server_.on_part([&](std::int64_t part) {
    if (part == 8 && !once.exchange(true)) reached.set_value();
  });
  auto restart = std::async(std::launch::async, [&] {
    reached.get_future().wait();
    server_.stop();
    server_.start();
  });
  ASSERT_EQ(run({"put", make_file("film", 30'000)}), 0) << err_.str();
  restart.get();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
}

TEST_F(Client, GivesUpWhenTheServerStaysAway) {
  const std::string file = make_file("film", 5'000);
  server_.stop();
  EXPECT_EQ(run({"put", file, "--retry-for", "300ms", "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "SERVER_UNREACHABLE");
  EXPECT_EQ(json_out().at("file").as_string(), file);
  server_.start();
}

TEST_F(Client, SendsAgainWhatTheServerLost) {
  server_.inject(Fault::forget_after, "PUT", "/parts/1");
  server_.inject(Fault::forget_after, "PUT", "/parts/3");
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 7);
}

TEST_F(Client, WaitsForTheOutcome) {
  server_.look([](FakeServer::State& state) { return state.completing_answers = 2; });
  ASSERT_EQ(run({"put", make_file("film", 1'500)}), 0) << err_.str();
  EXPECT_EQ(server_.count_seen("POST", "/complete"), 3);
}

TEST_F(Client, EndsAtOnceWhereNoRepeatHelps) {
  server_.inject(Fault::digest_mismatch, "PUT", "/parts/1", 100);
  EXPECT_EQ(run({"put", make_file("film", 5'000), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "DIGEST_MISMATCH");
  EXPECT_EQ(server_.count_seen("PUT", "/parts/1"), 3);
}

TEST_F(Client, GoesOnAfterAnInterruption) {
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

TEST_F(Client, ResumesSendingOnlyWhatIsMissing) {
  const std::string file = make_file("film", 20'000);
  server_.inject(Fault::stall, "PUT", "/parts/10");
  server_.on_part([&](std::int64_t part) {
    if (part == 13) ::kill(::getpid(), SIGTERM);
  });
  EXPECT_EQ(run({"put", file, "--parallel", "2"}), 130);
  server_.release_stalled();
  server_.on_part(nullptr);
  const std::size_t there = server_.look(
      [](FakeServer::State& state) { return state.uploads.begin()->second.parts.size(); });
  ASSERT_GE(there, 10U);
  const int before = server_.count_seen("PUT", "/parts/");
  ASSERT_EQ(run({"put", file, "--parallel", "2"}), 0) << err_.str();
  EXPECT_NE(err_.str().find(std::to_string(there) + " of 20 parts are there"), std::string::npos)
      << err_.str();
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), before + 20 - static_cast<int>(there));
  EXPECT_EQ(stored("", "film"), contents_["film"]);
}

TEST_F(Client, KnowsWhatIsThereAlready) {
  const std::string file = make_file("film", 5'000);
  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  EXPECT_NE(out_.str().find("was there already"), std::string::npos) << out_.str();
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 5);

  ASSERT_EQ(run({"rm", node_id("film")}), 0) << err_.str();
  ASSERT_EQ(run({"put", file}), 0) << err_.str();  // deleted meanwhile: sent again
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 10);
  EXPECT_EQ(stored("", "film"), contents_["film"]);
}

TEST_F(Client, BeginsAnewAfterACancelledUpload) {
  const std::string file = make_file("film", 5'000);
  server_.inject(Fault::digest_mismatch, "PUT", "/parts/1", 3);
  ASSERT_EQ(run({"put", file}), 1);
  const std::string upload = server_.look(
      [](FakeServer::State& state) { return state.uploads.begin()->first; });
  ASSERT_EQ(run({"cancel", upload}), 0) << err_.str();
  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  EXPECT_EQ(server_.look([](FakeServer::State& state) { return state.uploads.size(); }), 2U);
  EXPECT_EQ(stored("", "film"), contents_["film"]);
}

TEST_F(Client, NoticesAFileThatChanges) {
  const std::string file = make_file("film", 20'000);
  std::atomic<bool> once = false;
  server_.on_part([&](std::int64_t part) {
    if (part == 5 && !once.exchange(true)) std::ofstream(file, std::ios::app) << "more";
  });
  EXPECT_EQ(run({"put", file, "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "FILE_CHANGED");
  EXPECT_EQ(stored("", "film"), "(nothing)");
  EXPECT_EQ(server_.look([](FakeServer::State& state) { return state.uploads.begin()->second.state; }),
            "CANCELLED");
  server_.on_part(nullptr);
  ASSERT_EQ(run({"put", file}), 0) << err_.str();  // the new state is another upload
}

TEST_F(Client, NamesTheUploadThatIsInTheWay) {
  const std::string file = make_file("film", 5'000);
  server_.inject(Fault::digest_mismatch, "PUT", "/parts/1", 3);
  ASSERT_EQ(run({"put", file}), 1);
  EXPECT_EQ(run({"put", file, "--part-size", "2kB"}), 1);
  EXPECT_NE(err_.str().find("longshore cancel upload-1"), std::string::npos) << err_.str();
}

TEST_F(Client, PutsFoldersAndGoesOnAfterAFailure) {
  make_file("photos/a.jpg", 1'500);
  make_file("photos/2026/b.jpg", 10);
  const std::string note = make_file("note.txt", 5);
  EXPECT_EQ(run({"put", (folder_ / "missing").string(), (folder_ / "photos").string(), note}), 1);
  EXPECT_EQ(stored("photos", "a.jpg"), contents_["photos/a.jpg"]);
  EXPECT_EQ(stored("photos/2026", "b.jpg"), contents_["photos/2026/b.jpg"]);
  EXPECT_EQ(stored("", "note.txt"), contents_["note.txt"]);
  EXPECT_NE(err_.str().find("4 files: 3 done, 1 failed"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("No such file"), std::string::npos) << err_.str();
}

TEST_F(Client, PutsTheStandardInput) {
  const std::string file = make_file("dump", 700'000);
  const int input = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  {
    const Redirected standard_input(STDIN_FILENO, input);
    ASSERT_EQ(run({"put", "-", "--name", "shop.sql", "--path", "a b", "--json"}), 0) << err_.str();
  }
  ::close(input);
  EXPECT_EQ(stored("a b", "shop.sql"), contents_["dump"]);
  EXPECT_EQ(json_out().at("state"), "COMPLETED");
  server_.look([](FakeServer::State& state) {
    EXPECT_EQ(state.seen.back().fields.at("transfer-encoding"), "chunked");
  });
}

TEST_F(Client, GetsAFileAndTakesUpABrokenDownload) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  server_.inject(Fault::cut_body, "GET", "/content", 2);
  const fs::path target = folder_ / "copy";
  ASSERT_EQ(run({"get", node_id("film"), "-o", target.string()}), 0) << err_.str();
  std::ostringstream copy;
  copy << std::ifstream(target, std::ios::binary).rdbuf();
  EXPECT_EQ(copy.str(), contents_["film"]);
  EXPECT_EQ(server_.count_seen("GET", "/content"), 3);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);  // the film and its copy, nothing beside
}

TEST_F(Client, GetsTheRestInALaterRun) {
  ASSERT_EQ(run({"put", make_file("film", 900'000), "--part-size", "300kB"}), 0) << err_.str();
  server_.inject(Fault::cut_body, "GET", "/content");
  server_.inject(Fault::reset_before, "GET", "/content", 100);
  const std::string target = (folder_ / "copy").string();
  ASSERT_EQ(run({"get", node_id("film"), "-o", target, "--retry-for", "100ms"}), 1);
  EXPECT_FALSE(fs::exists(target));
  server_.look([](FakeServer::State& state) { return state.seen.clear(); });
  server_.drop_plan();
  ASSERT_EQ(run({"get", node_id("film"), "-o", target}), 0) << err_.str();
  server_.look(
      [](FakeServer::State& state) { EXPECT_EQ(state.seen.back().fields.at("range"), "bytes=450000-"); });
  EXPECT_EQ(fs::file_size(target), 900'000U);
}

TEST_F(Client, RefusesBytesThatAreNotTheNodes) {
  ASSERT_EQ(run({"put", make_file("film", 2'000)}), 0) << err_.str();
  const std::string id = node_id("film");
  std::atomic<bool> first = true;
  server_.on_answer([&](FakeServer::State& state) {  // after the node was asked for
    if (first.exchange(false)) state.objects[id].bytes[7] = '#';
  });
  EXPECT_EQ(run({"get", id, "-o", (folder_ / "copy").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "CONTENT_DIFFERS");
  EXPECT_FALSE(fs::exists(folder_ / "copy"));
}

TEST_F(Client, GetsToThePipe) {
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  const fs::path target = folder_ / "piped";
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

TEST_F(Client, TellsStatusAndLists) {
  for (const char* name : {"a", "b", "c", "d", "e"})
    ASSERT_EQ(run({"put", make_file(name, 1'500)}), 0) << err_.str();
  ASSERT_EQ(run({"ls", "--json"}), 0) << err_.str();
  const std::string lines = out_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 5);  // over three pages
  const std::string upload = server_.look(
      [](FakeServer::State& state) { return state.uploads.begin()->first; });
  ASSERT_EQ(run({"status", upload, "--watch"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("COMPLETED"), std::string::npos);
  ASSERT_EQ(run({"status", "no-such-upload", "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "NOT_FOUND");
}

TEST_F(Client, WritesNoControlCharacterOfOthers) {
  server_.look([](FakeServer::State& state) {
    state.objects["node-1"] = {.connector = "cli", .path = "", .name = "a\x1b[2J\nb", .bytes = "x"};
  });
  ASSERT_EQ(run({"ls"}), 0) << err_.str();
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
  EXPECT_NE(out_.str().find("a\\x1b[2J\\x0ab\n"), std::string::npos) << out_.str();
}

TEST_F(Client, RefusesWrongUsage) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"put"},
                                             {"push", "x"},
                                             {"put", "-"},
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
