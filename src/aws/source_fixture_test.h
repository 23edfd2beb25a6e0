#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "aws/credentials_source.h"
#include "aws/environment.h"
#include "base/units.h"
#include "net/blocking_pool.h"
#include "net/http_client.h"
#include "tests/fakes/scripted_server.h"
#include "tests/fakes/temporary_folder.h"

/// For the tests of the sources: an environment, a scripted endpoint, files, and what a fetch came to.
namespace longshore::aws {

struct Fetched {
  Credentials credentials;
  std::optional<Reason> refusal;
  Outcome outcome = Outcome::unknown;
  std::string message;
};

class SourceFixture : public testing::Test {
 protected:
  using Variables = std::map<std::string, std::string, std::less<>>;
  using Answer = std::function<std::string(const fakes::SeenRequest&)>;

  ~SourceFixture() override { files_.join(); }

  /// Starts the endpoint; seen_ holds what it is asked.
  std::string start(Answer answer) {
    server_ = std::make_unique<fakes::ScriptedServer>(std::vector<fakes::ScriptedServer::Script>{
        fakes::answer_each([this, answer = std::move(answer)](const fakes::SeenRequest& request) {
          seen_.push_back(request);
          return answer(request);
        })});
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }
  static std::string status(int code, const std::string& body = "") {
    return "HTTP/1.1 " + std::to_string(code) + " x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  std::string write_file(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name), std::ios::trunc) << text;
    return folder_.file(name);
  }

  Fetched fetch(CredentialsSource& source) {
    Fetched out;
    loop_.restart();
    auto done = boost::asio::co_spawn(loop_, fetch_into(source, out), boost::asio::use_future);
    loop_.run();  // until the connections have been idle for long enough
    done.get();
    if (server_) server_->finish();
    return out;
  }
  /// Making it, fetching from it, or what either throws.
  Fetched fetch_from(const std::function<std::unique_ptr<CredentialsSource>()>& make) {
    try {
      return fetch(*make());
    } catch (const Error& error) {
      return failed(error);
    }
  }

  BufferPool buffers_{1 * MiB};
  AsioTimers timers_;
  HttpClient http_{{.idle_limit = Millis{20}}, buffers_, timers_};
  BlockingPool files_{1};
  TemporaryFolder folder_;
  std::vector<fakes::SeenRequest> seen_;

 private:
  static Fetched failed(const Error& error) {
    return {.refusal = error.reason(), .outcome = error.outcome(), .message = error.what()};
  }
  static Task<void> fetch_into(CredentialsSource& source, Fetched& out) {
    try {
      out.credentials = co_await source.fetch();
    } catch (const Error& error) {
      out = failed(error);
    }
  }

  boost::asio::io_context loop_;
  std::unique_ptr<fakes::ScriptedServer> server_;
};

inline constexpr std::string_view kJson =
    R"({"Code":"Success","AccessKeyId":"AKID","SecretAccessKey":"s3cr3t","Token":"t0k3n",)"
    R"("Expiration":"2030-01-02T03:04:05Z"})";

/// The credentials of kJson.
inline void expect_json_credentials(const Fetched& out) {
  EXPECT_EQ(out.message, "");
  EXPECT_EQ(out.credentials.access_key_id, "AKID");
  EXPECT_EQ(out.credentials.secret_access_key.expose(), "s3cr3t");
  EXPECT_EQ(out.credentials.session_token.expose(), "t0k3n");
  EXPECT_EQ(out.credentials.expires, from_epoch_ms(1'893'553'445'000));
}

inline bool is_misconfigured(const Fetched& out, std::string_view why) {
  return out.refusal == Reason::store_refused && out.outcome == Outcome::refused &&
         out.message.find(why) != std::string::npos;
}
inline bool may_pass(const Fetched& out, std::string_view why) {
  return out.refusal == Reason::store_unavailable && out.outcome == Outcome::retry &&
         out.message.find(why) != std::string::npos;
}

}  // namespace longshore::aws
