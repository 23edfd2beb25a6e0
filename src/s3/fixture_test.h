#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"
#include "obs/metrics.h"
#include "s3/client.h"
#include "tests/fakes/await.h"
#include "tests/fakes/memory_store_findings.h"
#include "tests/fakes/scripted_server.h"

/// For the tests of this folder: a client of a bucket whose server gives prepared answers.
namespace longshore::s3 {

/// Gives one set of credentials after another: the next one when the last has been rejected.
class SuccessiveCredentials final : public aws::CredentialsProvider {
 public:
  explicit SuccessiveCredentials(int sets) {
    for (int n = 1; n <= sets; ++n) {
      sets_.push_back(std::make_shared<const aws::Credentials>(aws::Credentials{
          .access_key_id = "KEY" + std::to_string(n), .secret_access_key = Secret("secret")}));
    }
  }
  Task<aws::CredentialsPtr> get() override { co_return sets_.front(); }
  Task<aws::CredentialsPtr> renew(aws::CredentialsPtr rejected) override {
    if (fails_) throw unavailable(Reason::store_unavailable, "no credentials", Outcome::retry);
    if (sets_.size() > 1 && rejected == sets_.front()) sets_.pop_front();
    co_return sets_.front();
  }
  void fail_renewal() { fails_ = true; }

 private:
  std::deque<aws::CredentialsPtr> sets_;
  bool fails_ = false;
};

class S3Fixture : public testing::Test {
 protected:
  S3Fixture() {
    await(http_.close());
  }  // each await() has a loop of its own, which no connection may outlive

  /// The next request gets this answer, and so on; those beyond them 500. An empty one, or one that says
  /// "Connection: close", is followed by the end of the connection.
  void answer(std::string text) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(text));
  }
  void answer(int status, const std::string& fields = "", const std::string& body = "") {
    answer("HTTP/1.1 " + std::to_string(status) + " X\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void answer_error(int status, const std::string& code, const std::string& more = "") {
    answer(status, "", "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>");
  }

  std::vector<fakes::SeenRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  /// "PUT /bucket/key?x": all request lines, without the protocol.
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const fakes::SeenRequest& request : seen()) {
      const std::string line = request.line();
      all.push_back(line.substr(0, line.rfind(' ')));
    }
    return all;
  }

  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  [[nodiscard]] Place place() const { return Place({.endpoint = endpoint(), .bucket = "bucket"}); }
  ClientTools tools() { return {http_, credentials_, timers_, clock_, random_, Log::none()}; }
  [[nodiscard]] static ClientOptions options() {
    return {.connect_timeout = Millis{2000},
            .read_timeout = Millis{5000},
            .retry = {.retries = 3, .first_pause = Millis{1}, .pause_max = Millis{2000}}};
  }

  /// Sends a call; the text of its answer.
  static Task<std::string> send(Client& client, Call call) {
    const Reply reply = co_await client.send(call);
    co_return reply.text;
  }

  /// The Error that a task ends with; nullopt: it succeeded.
  template <class T>
  static std::optional<Error> error_of(Task<T> task) {
    try {
      await(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }

  SystemClock clock_;
  SystemRandom random_;
  AsioTimers timers_;
  BufferPool buffers_{16 * MiB};
  HttpClient http_{{}, buffers_, timers_};
  SuccessiveCredentials credentials_{2};
  MemoryStoreFindings findings_{clock_};
  Metrics metrics_;

 private:
  std::string next_answer(const fakes::SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    if (answers_.empty()) return "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
    std::string text = std::move(answers_.front());
    answers_.pop_front();
    return text;
  }

  static bool is_last(const std::string& answer) {
    return answer.empty() || answer.find("Connection: close") != std::string::npos;
  }

  std::mutex mutex_;
  std::deque<std::string> answers_;
  std::vector<fakes::SeenRequest> seen_;

 protected:
  fakes::ScriptedServer server_{{[this](fakes::Peer& peer) {
    for (auto request = peer.read_request(); !request.head.empty(); request = peer.read_request()) {
      const std::string text = next_answer(request);
      if (!peer.send(text) || is_last(text)) return;
    }
  }}};
};

}  // namespace longshore::s3
