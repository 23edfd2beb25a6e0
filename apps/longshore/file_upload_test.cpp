#include "apps/longshore/file_upload.h"

#include <atomic>
#include <fstream>
#include <future>
#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"

namespace longshore::cli {
namespace {

using testing::FakeServer;
using testing::Fault;
using Upload = testing::Client;

TEST_F(Upload, StaysWithinTheServersParallelLimit) {
  server_.look([](FakeServer::State& state) { return state.max_concurrent_chunks = 2; });
  ASSERT_EQ(run({"put", make_file("film", 30'000), "--parallel", "8"}), 0) << err_.str();
  EXPECT_LE(server_.look([](FakeServer::State& state) { return state.most_parts_at_once; }), 2);
}

TEST_F(Upload, ToleratesWhatPasses) {
  for (const Fault fault : {Fault::unavailable, Fault::reset_before, Fault::reset_after,
                            Fault::part_in_progress, Fault::digest_mismatch}) {
    server_.inject(fault, "PUT", "/parts/2");
    const std::string name = "file-" + std::to_string(static_cast<int>(fault));
    const std::string file = make_file(name, 5'000);
    ASSERT_EQ(run({"put", file}), 0) << err_.str();
    EXPECT_EQ(stored("", name), contents_[name]);
  }
}

TEST_F(Upload, ToleratesLostAnswersOfEveryCall) {
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/limits"}, {"POST", "/v1/uploads"}, {"POST", "/complete"}, {"PUT", "/parts/4"}}) {
    server_.inject(Fault::reset_after, method, target);
    server_.inject(Fault::unavailable, method, target);
  }
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
  EXPECT_EQ(server_.look([](FakeServer::State& state) { return state.uploads.size(); }), 1U);
}

TEST_F(Upload, ToleratesARestartOfTheServer) {
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

TEST_F(Upload, SendsAgainWhatTheServerLost) {
  server_.inject(Fault::forget_after, "PUT", "/parts/1");
  server_.inject(Fault::forget_after, "PUT", "/parts/3");
  ASSERT_EQ(run({"put", make_file("film", 5'000)}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), contents_["film"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 7);
}

TEST_F(Upload, WaitsForTheOutcome) {
  server_.look([](FakeServer::State& state) { return state.completing_answers = 2; });
  ASSERT_EQ(run({"put", make_file("film", 1'500)}), 0) << err_.str();
  EXPECT_EQ(server_.count_seen("POST", "/complete"), 3);
}

TEST_F(Upload, EndsAtOnceWhereNoRepeatHelps) {
  server_.inject(Fault::digest_mismatch, "PUT", "/parts/1", 100);
  EXPECT_EQ(run({"put", make_file("film", 5'000), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "DIGEST_MISMATCH");
  EXPECT_EQ(server_.count_seen("PUT", "/parts/1"), 3);
}

TEST_F(Upload, ResumesSendingOnlyWhatIsMissing) {
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

TEST_F(Upload, BeginsAnewAfterACancelledUpload) {
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

TEST_F(Upload, NoticesAFileThatChanges) {
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

/// A run that is interrupted with about half of the file there.
class HalfAnUpload : public testing::Client {
 protected:
  HalfAnUpload() {
    server_.inject(Fault::stall, "PUT", "/parts/10");
    server_.on_part([](std::int64_t part) {
      if (part == 13) ::kill(::getpid(), SIGTERM);
    });
    EXPECT_EQ(run({"put", file_, "--parallel", "2"}), 130) << err_.str();
    server_.release_stalled();
    server_.on_part(nullptr);
  }

  /// Other bytes of the same size, at the same time.
  void change_secretly() {
    const auto time = std::filesystem::last_write_time(file_);
    std::fstream(file_, std::ios::in | std::ios::out).write("other", 5);
    std::filesystem::last_write_time(file_, time);
  }

  FakeServer::Upload upload() {
    return server_.look([](FakeServer::State& state) { return state.uploads.begin()->second; });
  }

  const std::string file_ = make_file("film", 20'000);
};

TEST_F(HalfAnUpload, IsNeverCompletedAsAMixture) {
  change_secretly();
  EXPECT_EQ(run({"put", file_, "--json"}), 1);
  EXPECT_EQ(stored("", "film"), "(nothing)");
  EXPECT_EQ(upload().state, "CANCELLED");
  const boost::json::value error = json_out().at("error");
  EXPECT_EQ(error.at("reason"), "FILE_CHANGED");
  const std::string detail(error.at("detail").as_string());
  EXPECT_NE(detail.find("since an earlier run"), std::string::npos) << detail;
  EXPECT_NE(detail.find("upload-1 is cancelled"), std::string::npos) << detail;
  EXPECT_NE(detail.find("the same command begins a new one"), std::string::npos) << detail;

  ASSERT_EQ(run({"put", file_}), 0) << err_.str();
  EXPECT_EQ(stored("", "film"), testing::ScratchFolder::read(file_));
}

TEST_F(HalfAnUpload, TellsThatAMixtureCouldNotBeCancelled) {
  change_secretly();
  server_.inject(Fault::digest_mismatch, "DELETE", "/v1/uploads/");  // any refusal
  EXPECT_EQ(run({"put", file_}), 1);
  EXPECT_EQ(stored("", "film"), "(nothing)");
  EXPECT_NE(err_.str().find("is open still"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("longshore cancel upload-1"), std::string::npos) << err_.str();
}

TEST_F(HalfAnUpload, TellsWhatSomebodyElseMadeOfIt) {
  server_.on_part([this](std::int64_t) {
    server_.look([](FakeServer::State& state) { state.uploads.begin()->second.state = "CANCELLED"; });
  });
  EXPECT_EQ(run({"put", file_, "--json"}), 1);
  const boost::json::value error = json_out().at("error");
  EXPECT_EQ(error.at("reason"), "UPLOAD_ENDED");
  EXPECT_EQ(error.at("detail").as_string().find("stays open"), std::string::npos);
  EXPECT_NE(error.at("detail").as_string().find("upload-1 is cancelled"), std::string::npos);
}

TEST_F(Upload, NamesTheUploadThatIsInTheWay) {
  const std::string file = make_file("film", 5'000);
  server_.inject(Fault::digest_mismatch, "PUT", "/parts/1", 3);
  ASSERT_EQ(run({"put", file}), 1);
  EXPECT_EQ(run({"put", file, "--part-size", "2kB"}), 1);
  EXPECT_NE(err_.str().find("longshore cancel upload-1"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace longshore::cli
