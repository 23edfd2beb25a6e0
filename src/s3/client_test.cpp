#include "s3/client.h"

#include <atomic>
#include <fstream>

#include "aws/profile.h"
#include "aws/refreshing_provider.h"
#include "net/blocking_pool.h"
#include "s3/fixture_test.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_body.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::s3 {
namespace {

class S3Client : public S3Fixture {
 protected:
  static Call get() { return {.name = "GetObject", .method = "GET", .key = ObjectKey("k")}; }
  static Call complete() {
    return {.name = "CompleteMultipartUpload",
            .method = "POST",
            .key = ObjectKey("k"),
            .body = "<x/>",
            .repeat = Repeat::by_caller};
  }
  static Call create() {
    return {
        .name = "CreateMultipartUpload", .method = "POST", .key = ObjectKey("k"), .repeat = Repeat::not_done};
  }
  std::optional<Error> error_of_send(const Call& call) { return error_of(send(client_, call)); }

  using S3Fixture::send;
  static Task<void> send(Client& client, const Call& call, OutgoingBody& body) {
    co_await client.send(call, &body);
  }

  /// A body that can be read once.
  std::optional<Error> put(const std::string& text) {
    fakes::ScriptedBody source(text, 4);
    OutgoingBody body(source, std::ssize(text), std::nullopt);
    const Call call{
        .name = "PutObject", .method = "PUT", .key = ObjectKey("k"), .payload = Payload::streamed};
    return error_of(send(client_, call, body));
  }

  Client client_{place(), options(), tools()};
};

TEST_F(S3Client, EveryRequestIsSigned) {
  answer(200, "ETag: \"e\"\r\n", "text");
  const Call call = get();
  EXPECT_EQ(await(send(client_, call)), "text");
  ASSERT_EQ(seen().size(), 1U);
  const auto request = seen()[0];
  EXPECT_EQ(request.line(), "GET /bucket/k HTTP/1.1");
  EXPECT_TRUE(request.field("authorization").starts_with("AWS4-HMAC-SHA256 Credential=KEY1/"));
  EXPECT_NE(request.field("authorization").find("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"),
            std::string::npos);
  EXPECT_EQ(request.field("x-amz-content-sha256"), aws::payload_hash({}));
}

TEST_F(S3Client, OnlyWhatNobodyAltersIsSigned) {
  answer(200);
  Call call = get();
  call.fields = {
      {"content-type", "a/b"}, {"cache-control", "no-store"}, {"range", "bytes=0-0"}, {"x-amz-meta-a", "b"}};
  await(send(client_, call));
  EXPECT_NE(seen()[0]
                .field("authorization")
                .find("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a,"),
            std::string::npos);
  EXPECT_EQ(seen()[0].field("cache-control"), "no-store");
}

TEST_F(S3Client, ATextIsHashedAndAStreamIsNot) {
  answer(200);
  answer(200);
  const Call call = complete();
  await(send(client_, call));
  EXPECT_EQ(seen()[0].field("x-amz-content-sha256"), aws::payload_hash(as_bytes("<x/>")));
  EXPECT_EQ(seen()[0].body, "<x/>");
  EXPECT_FALSE(put("123456789"));
  EXPECT_EQ(seen()[1].field("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(seen()[1].body, "123456789");
}

TEST_F(S3Client, WhatMayBeDoneLaterIsTriedAgain) {
  for (int i = 0; i < 3; ++i) answer_error(503, "SlowDown");
  answer(200);
  EXPECT_FALSE(error_of_send(get()));
  EXPECT_EQ(seen().size(), 4U);

  for (int i = 0; i < 4; ++i) answer_error(503, "SlowDown");
  const auto error = error_of_send(get());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_EQ(error->outcome(), Outcome::retry);
  EXPECT_EQ(seen().size(), 8U);
}

TEST_F(S3Client, AnErrorIsAnErrorAlsoInATwoHundred) {
  answer_error(200, "InternalError");
  EXPECT_EQ(error_of_send(complete())->details().store_code, "InternalError");
  answer_error(200, "AccessDenied");
  const auto error = error_of_send(complete());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().store_code, "AccessDenied");
  EXPECT_EQ(error->outcome(), Outcome::refused);
  EXPECT_EQ(seen().size(), 2U);
}

TEST_F(S3Client, WhatMustNotBeDoneTwiceIsNot) {
  answer(502);
  EXPECT_EQ(error_of_send(complete())->outcome(), Outcome::unknown);
  EXPECT_EQ(seen().size(), 1U);
  answer("");  // the connection ends
  EXPECT_EQ(error_of_send(complete())->outcome(), Outcome::unknown);
  answer_error(500, "InternalError");
  EXPECT_EQ(error_of_send(create())->outcome(), Outcome::unknown);
  answer_error(503, "SlowDown");
  answer(200);
  EXPECT_FALSE(error_of_send(create()));
}

TEST_F(S3Client, AProxysRefusalIsNotTheStores) {
  answer(503);  // without a store's word: the request may have got there
  EXPECT_EQ(error_of_send(complete())->outcome(), Outcome::unknown);
  answer(503);
  EXPECT_EQ(error_of_send(create())->outcome(), Outcome::unknown);
  EXPECT_EQ(seen().size(), 2U);
}

TEST_F(S3Client, WhatMayHaveBeenDoneStaysInDoubt) {
  const Call put{.name = "PutObject", .method = "PUT", .key = ObjectKey("k")};
  answer("");  // its answer is lost
  answer_error(403, "AccessDenied");
  EXPECT_EQ(error_of_send(put)->outcome(), Outcome::unknown);
  answer(502);
  for (int i = 0; i < 3; ++i) answer_error(503, "SlowDown");
  EXPECT_EQ(error_of_send(put)->outcome(), Outcome::unknown);
  answer("");  // nothing is done by reading
  answer_error(403, "AccessDenied");
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::refused);
}

// Whoever books its completions must know of each.
TEST_F(S3Client, ACompletionIsSentOnceWhateverIsAnswered) {
  for (const char* code : {"SlowDown", "OperationAborted", "InternalError", "BadDigest", "RequestTimeout"}) {
    answer_error(400, code);
    EXPECT_EQ(error_of_send(complete())->details().store_code, code);
  }
  EXPECT_EQ(seen().size(), 5U);
  answer_error(400, "ExpiredToken");  // not looked at by the store
  answer(200, "", "<Good/>");
  EXPECT_FALSE(error_of_send(complete()));
}

TEST_F(S3Client, AFetchOfKeysThatFailsLeavesWhatIsInDoubtInDoubt) {
  credentials_.fail_renewal();
  const Call put{.name = "PutObject", .method = "PUT", .key = ObjectKey("k")};
  answer("");
  answer_error(400, "ExpiredToken");
  EXPECT_EQ(error_of_send(put)->outcome(), Outcome::unknown);
}

TEST_F(S3Client, RefusalsAreFinal) {
  answer_error(403, "AccessDenied");
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::refused);
  answer_error(404, "NoSuchKey");
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::absent);
  answer(404);
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::unknown);
  EXPECT_EQ(seen().size(), 3U);
}

TEST_F(S3Client, ABodyThatIsGoneIsNotSentAgain) {
  answer_error(503, "SlowDown");
  const auto error = put("123456789");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_TRUE(error->details().retry_after);
  EXPECT_EQ(seen().size(), 1U);
}

TEST_F(S3Client, TheStoresClockIsTakenOnce) {
  answer(403, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "<Error><Code>RequestTimeTooSkewed</Code></Error>");
  answer(200);
  EXPECT_FALSE(error_of_send(get()));
  ASSERT_EQ(seen().size(), 2U);
  EXPECT_TRUE(seen()[1].field("x-amz-date").starts_with("19941106T0849"));

  for (int i = 0; i < 2; ++i)
    answer(403, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
           "<Error><Code>RequestTimeTooSkewed</Code></Error>");
  EXPECT_TRUE(error_of_send(get()));
  EXPECT_EQ(seen().size(), 4U);
}

TEST_F(S3Client, ExpiredCredentialsAreRenewedOnce) {
  answer_error(400, "ExpiredToken");
  answer(200);
  EXPECT_FALSE(error_of_send(get()));
  EXPECT_NE(seen()[1].field("authorization").find("Credential=KEY2/"), std::string::npos);
  answer_error(400, "ExpiredToken");
  EXPECT_TRUE(error_of_send(get()));
  EXPECT_EQ(seen().size(), 3U);
}

TEST_F(S3Client, KeysThatWereExchangedAreFetched) {
  answer_error(403, "InvalidAccessKeyId");
  answer(200);
  EXPECT_FALSE(error_of_send(get()));
  EXPECT_NE(seen()[1].field("authorization").find("Credential=KEY2/"), std::string::npos);
  answer_error(403, "InvalidAccessKeyId");  // and there are no newer ones
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::refused);
}

TEST_F(S3Client, AKeyThatWasExchangedInItsFileIsFound) {
  const TemporaryFolder folder;
  const auto write_key = [&](const std::string& key) {
    std::ofstream(folder.file("credentials"), std::ios::trunc)
        << "[default]\naws_access_key_id=" << key << "\naws_secret_access_key=s\n";
  };
  BlockingPool files{1};
  const aws::Environment environment({{"AWS_SHARED_CREDENTIALS_FILE", folder.file("credentials")}});
  aws::RefreshingProvider provider(std::make_unique<aws::ProfileSource>(environment, "", files), clock_,
                                   random_, Log::none());
  Client client(place(), options(), {http_, provider, timers_, clock_, random_, Log::none()});
  write_key("OLD");
  answer(200);
  EXPECT_FALSE(error_of(send(client, get())));
  write_key("NEW");
  answer_error(403, "InvalidAccessKeyId");
  answer(200);
  EXPECT_FALSE(error_of(send(client, get())));
  ASSERT_EQ(seen().size(), 3U);
  EXPECT_NE(seen()[1].field("authorization").find("Credential=OLD/"), std::string::npos);
  EXPECT_NE(seen()[2].field("authorization").find("Credential=NEW/"), std::string::npos);
  await(provider.stop());
  files.join();
}

TEST_F(S3Client, WhatWasLearntHelpsTheNextTryOfAStream) {
  answer_error(400, "ExpiredToken");
  const auto error = put("123456789");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_EQ(error->outcome(), Outcome::retry);
  answer(200);
  EXPECT_FALSE(put("123456789"));
  EXPECT_NE(seen()[1].field("authorization").find("Credential=KEY2/"), std::string::npos);
}

TEST_F(S3Client, TheBucketsRegionIsRemembered) {
  answer_error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>");
  answer(200);
  answer(200);
  EXPECT_FALSE(error_of_send(get()));
  EXPECT_FALSE(error_of_send(get()));
  ASSERT_EQ(seen().size(), 3U);
  EXPECT_NE(seen()[0].field("authorization").find("/us-east-1/s3/"), std::string::npos);
  EXPECT_NE(seen()[1].field("authorization").find("/eu-west-1/s3/"), std::string::npos);
  EXPECT_NE(seen()[2].field("authorization").find("/eu-west-1/s3/"), std::string::npos);
}

TEST_F(S3Client, ARedirectIsFollowedAndALoopIsNot) {
  std::mutex mutex;
  std::vector<std::string> hosts;
  fakes::ScriptedServer other({fakes::answer_each([&](const fakes::SeenRequest& request) {
    const std::lock_guard lock(mutex);
    hosts.push_back(request.field("host"));
    return fakes::ok("there");
  })});
  const std::string host = "127.0.0.1:" + std::to_string(other.port());
  answer(307, "Location: http://" + host + "/bucket/k\r\n");
  const Call call = get();
  EXPECT_EQ(await(send(client_, call)), "there");
  EXPECT_EQ(await(send(client_, call)), "there");
  EXPECT_EQ(hosts, (std::vector<std::string>{host, host}));
  EXPECT_EQ(seen().size(), 1U);

  Client looping(place(), options(), tools());
  answer(307, "Location: " + endpoint() + "/bucket/k\r\n");
  EXPECT_EQ(error_of(send(looping, call))->outcome(), Outcome::refused);
  Client sent_about(place(), options(), tools());
  for (const char* region : {"r1", "r2", "r3", "r4"})
    answer(301, std::string("x-amz-bucket-region: ") + region + "\r\n");
  EXPECT_TRUE(error_of(send(sent_about, call)));
  EXPECT_EQ(seen().size(), 6U);
}

TEST_F(S3Client, ADetourGetsTheWholeBody) {
  std::mutex mutex;
  std::string received;
  fakes::ScriptedServer detour({fakes::answer_each([&](const fakes::SeenRequest& request) {
    const std::lock_guard lock(mutex);
    received = request.body;
    return fakes::ok();
  })});
  answer(307, "Location: http://127.0.0.1:" + std::to_string(detour.port()) + "/bucket/k\r\n");
  fakes::ScriptedBody source("123456789", 4);
  OutgoingBody body(source.hold(), 9, std::nullopt);
  const Call call{.name = "PutObject", .method = "PUT", .key = ObjectKey("k"), .payload = Payload::streamed};
  EXPECT_FALSE(error_of(send(client_, call, body)));
  EXPECT_EQ(received, "123456789");
}

TEST_F(S3Client, ADetourThatLeadsNowhereIsLeft) {
  auto detour = std::make_unique<fakes::ScriptedServer>(std::vector<fakes::ScriptedServer::Script>{
      fakes::answer_each([](const fakes::SeenRequest&) { return fakes::ok("there"); })});
  answer(307, "Location: http://127.0.0.1:" + std::to_string(detour->port()) + "/bucket/k\r\n");
  EXPECT_EQ(await(send(client_, get())), "there");
  detour.reset();
  answer(200, "", "home");
  EXPECT_EQ(await(send(client_, get())), "home");
}

TEST_F(S3Client, ADetourIsNotForGood) {
  fakes::ScriptedServer detour(
      {fakes::answer_each([](const fakes::SeenRequest&) { return fakes::ok("there"); })});
  ManualClock clock;
  ClientTools tools{http_, credentials_, timers_, clock, random_, Log::none()};
  Client client(place(), options(), tools);
  answer(307, "Location: http://127.0.0.1:" + std::to_string(detour.port()) + "/bucket/k\r\n");
  EXPECT_EQ(await(send(client, get())), "there");
  EXPECT_EQ(await(send(client, get())), "there");
  clock.advance(std::chrono::minutes{5});
  answer(200, "", "home");
  EXPECT_EQ(await(send(client, get())), "home");
}

TEST_F(S3Client, AStoreThatAsksForMoreTimeThanAClientHasIsNotWaitedFor) {
  answer(503, "Retry-After: 100\r\n");
  const auto error = error_of_send(get());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().retry_after, Millis{100'000});
  EXPECT_EQ(seen().size(), 1U);
}

TEST_F(S3Client, AStoreThatDoesNotKnowExpectGetsTheBodyWithoutIt) {
  const std::string large(2 * 1024 * 1024, 'x');
  fakes::ScriptedServer strict({fakes::answer_each([&](const fakes::SeenRequest& request) {
    return request.field("expect").empty()
               ? fakes::ok()
               : "HTTP/1.1 417 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  })});
  Client client(Place({.endpoint = "http://127.0.0.1:" + std::to_string(strict.port()), .bucket = "bucket"}),
                options(), tools());
  const Call call{.name = "PutObject", .method = "PUT", .key = ObjectKey("k"), .payload = Payload::streamed};
  fakes::ScriptedBody source(large);
  OutgoingBody body(source, std::ssize(large), std::nullopt);
  // The prepared server reads the body before it answers, as some proxies do.
  EXPECT_TRUE(error_of(send(client, call, body)));
  fakes::ScriptedBody again(large);
  OutgoingBody second(again, std::ssize(large), std::nullopt);
  EXPECT_FALSE(error_of(send(client, call, second)));
}

TEST_F(S3Client, BodiesLeaveConnectionsForCallsWithout) {
  HttpClient http({.connections_max = 2, .for_quick_max = 1}, buffers_, timers_);
  await(http.close());  // none of its connections outlives the loop of await_all()
  std::promise<void> over;
  const std::shared_future<void> is_over = over.get_future().share();
  std::atomic<int> bodies = 0;
  fakes::ScriptedServer server({fakes::answer_each([&](const fakes::SeenRequest& request) {
    if (request.line().starts_with("PUT")) {
      ++bodies;
      is_over.wait();
    }
    return fakes::ok();
  })});
  Client client(Place({.endpoint = "http://127.0.0.1:" + std::to_string(server.port()), .bucket = "bucket"}),
                options(), ClientTools{http, credentials_, timers_, clock_, random_, Log::none()});
  const Call put{.name = "UploadPart", .method = "PUT", .key = ObjectKey("k"), .payload = Payload::streamed};
  std::vector<Task<int>> tasks;
  const auto put_one = [](Client& to, const Call& call) -> Task<int> {
    fakes::ScriptedBody source("123456789");
    OutgoingBody body(source, 9, std::nullopt);
    co_await to.send(call, &body);
    co_return 0;
  };
  const auto complete = [](Client& to, Timers& timers, std::atomic<int>& begun,
                           std::promise<void>& end) -> Task<int> {
    while (begun < 1) co_await timers.sleep_for(Millis{1});
    co_await to.send({.name = "HeadObject", .method = "HEAD", .key = ObjectKey("k")});
    const int bodies_then = begun;
    end.set_value();
    co_return bodies_then;
  };
  for (int i = 0; i < 3; ++i) tasks.push_back(put_one(client, put));
  tasks.push_back(complete(client, timers_, bodies, over));
  EXPECT_EQ(await_all(std::move(tasks)).back(), 1);
}

TEST_F(S3Client, AStoreThatNeverSaysGoAheadIsNotWaitedFor) {
  std::atomic<int> asked = 0;
  fakes::ScriptedServer silent({[&](fakes::Peer& peer) {
    for (auto request = peer.read_request(); !request.head.empty(); request = peer.read_request()) {
      if (!request.field("expect").empty()) ++asked;
      if (!peer.send(fakes::ok())) return;
    }
  }});
  Client client(Place({.endpoint = "http://127.0.0.1:" + std::to_string(silent.port()), .bucket = "bucket"}),
                options(), tools());
  const std::string large(1024 * 1024, 'x');
  const Call call{.name = "PutObject", .method = "PUT", .key = ObjectKey("k"), .payload = Payload::streamed};
  for (int i = 0; i < ExpectHabit::kSilencesMax + 2; ++i) {
    fakes::ScriptedBody source(large);
    OutgoingBody body(source, std::ssize(large), std::nullopt);
    EXPECT_FALSE(error_of(send(client, call, body)));
  }
  EXPECT_EQ(asked, ExpectHabit::kSilencesMax);
}

TEST_F(S3Client, AnAnswerWithoutEndIsNotReadForEver) {
  const std::string body(5 * 1024 * 1024, 'x');
  for (int i = 0; i < 4; ++i) answer(200, "", body);
  const auto error = error_of_send(get());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->outcome(), Outcome::unknown);
  // An error's is read as far as it can say something.
  for (int i = 0; i < 4; ++i) answer(503, "", body);
  EXPECT_EQ(error_of_send(get())->outcome(), Outcome::unknown);
}

TEST_F(S3Client, AStoreThatIsNotThere) {
  Client nowhere(Place({.endpoint = "http://127.0.0.1:1", .bucket = "bucket"}), options(), tools());
  const Call call = create();
  const auto error = error_of(send(nowhere, call));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_EQ(error->outcome(), Outcome::retry);
}

}  // namespace
}  // namespace longshore::s3
