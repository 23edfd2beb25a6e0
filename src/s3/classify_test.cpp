#include "s3/classify.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

constexpr Time kNow{Millis{784'111'777'000}};  // the date below

std::string error_xml(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>";
}
Answer answer(int status, const std::string& code, HttpFields fields = {}) {
  return read_answer(status, fields, code.empty() ? "" : error_xml(code));
}

struct Case {
  int status;
  const char* code;
  Next next;
  Outcome outcome;
};

TEST(Classify, CodesAndStatuses) {
  const Case cases[] = {
      {503, "SlowDown", Next::retry, Outcome::retry},
      {503, "", Next::retry_lost, Outcome::unknown},
      {503, "SomethingNew", Next::retry, Outcome::retry},
      {429, "", Next::retry, Outcome::retry},
      {400, "RequestTimeout", Next::retry, Outcome::retry},
      {409, "OperationAborted", Next::retry, Outcome::retry},
      {400, "BadDigest", Next::retry, Outcome::retry},
      {500, "InternalError", Next::retry_lost, Outcome::unknown},
      {500, "", Next::retry_lost, Outcome::unknown},
      {502, "", Next::retry_lost, Outcome::unknown},
      {504, "", Next::retry_lost, Outcome::unknown},
      {499, "", Next::retry_lost, Outcome::unknown},
      {520, "", Next::retry_lost, Outcome::unknown},
      {403, "RequestTimeTooSkewed", Next::take_clock, Outcome::retry},
      {400, "ExpiredToken", Next::renew_credentials, Outcome::retry},
      {403, "InvalidAccessKeyId", Next::renew_credentials, Outcome::refused},
      {400, "InvalidToken", Next::renew_credentials, Outcome::refused},
      {404, "NoSuchUpload", Next::fail, Outcome::absent},
      {404, "NoSuchKey", Next::fail, Outcome::absent},
      {404, "NoSuchVersion", Next::fail, Outcome::absent},
      {404, "NoSuchBucket", Next::fail, Outcome::refused},
      {404, "NotFound", Next::fail, Outcome::unknown},
      {404, "", Next::fail, Outcome::unknown},
      {403, "AccessDenied", Next::fail, Outcome::refused},
      {403, "", Next::fail, Outcome::refused},
      {400, "InvalidPart", Next::fail, Outcome::refused},
      {400, "EntityTooSmall", Next::fail, Outcome::refused},
      {412, "PreconditionFailed", Next::fail, Outcome::refused},
      {501, "NotImplemented", Next::fail, Outcome::refused},
      {507, "XMinioStorageFull", Next::fail, Outcome::refused},
      {301, "PermanentRedirect", Next::fail, Outcome::refused},  // without saying where
      {307, "", Next::fail, Outcome::refused},
  };
  for (const Case& c : cases) {
    const Answer seen = answer(c.status, c.code);
    EXPECT_EQ(judge(seen, kNow), c.next) << c.status << " " << c.code;
    const Error error = error_of(seen, "UploadPart");
    EXPECT_EQ(error.outcome(), c.outcome) << c.status << " " << c.code;
    const bool refused = c.outcome == Outcome::refused || c.outcome == Outcome::absent;
    EXPECT_EQ(error.reason(), refused ? Reason::store_refused : Reason::store_unavailable);
    EXPECT_EQ(error.details().retry_after.has_value(), !refused);
  }
}

TEST(Classify, TwoHundredIsSuccessOnlyWithoutAnError) {
  EXPECT_EQ(judge(answer(200, ""), kNow), Next::take);
  EXPECT_EQ(judge(read_answer(200, {}, "<CompleteMultipartUploadResult/>"), kNow), Next::take);
  EXPECT_EQ(judge(answer(200, "InternalError"), kNow), Next::retry_lost);
  EXPECT_EQ(judge(answer(200, "SlowDown"), kNow), Next::retry);
  EXPECT_EQ(judge(answer(200, "AccessDenied"), kNow), Next::fail);
  EXPECT_EQ(error_of(answer(200, "AccessDenied"), "x").outcome(), Outcome::refused);
  EXPECT_EQ(judge(read_answer(200, {}, "   <Error></Error>"), kNow), Next::fail);
}

TEST(Classify, WhatIsNoErrorDocumentIsJudgedByItsStatus) {
  for (const char* body :
       {"<html><body>Bad gateway</body></html>", "<Error><Code>NoSuchKey</Code>", "garbage", ""}) {
    const Answer seen = read_answer(502, {}, body);
    EXPECT_EQ(seen.code, "");
    EXPECT_EQ(judge(seen, kNow), Next::retry_lost);
  }
}

TEST(Classify, WhereTheBucketIs) {
  const std::string region = "<Region>eu-west-1</Region>";
  Answer seen = read_answer(400, {}, error_xml("AuthorizationHeaderMalformed", region));
  EXPECT_EQ(judge(seen, kNow), Next::follow);
  EXPECT_EQ(seen.region, "eu-west-1");
  seen = read_answer(301, {{"x-amz-bucket-region", "eu-west-2"}},
                     error_xml("PermanentRedirect", "<Endpoint>b.s3.x</Endpoint>"));
  EXPECT_EQ(judge(seen, kNow), Next::follow);
  EXPECT_EQ(seen.region, "eu-west-2");
  EXPECT_EQ(seen.host, "b.s3.x");
  seen = read_answer(307, {{"Location", "https://other.example:9000/b/k?x"}}, "");
  EXPECT_EQ(judge(seen, kNow), Next::follow);
  EXPECT_EQ(seen.host, "other.example:9000");
  // A HEAD has no body.
  EXPECT_EQ(judge(read_answer(400, {{"X-Amz-Bucket-Region", "eu-west-1"}}, ""), kNow), Next::follow);
  EXPECT_EQ(judge(read_answer(301, {{"X-Amz-Bucket-Region", "eu-west-1"}}, ""), kNow), Next::follow);
  EXPECT_EQ(judge(read_answer(403, {{"X-Amz-Bucket-Region", "eu-west-1"}}, ""), kNow), Next::fail);
}

TEST(Classify, ASkewedClockShowsWithoutACode) {
  const HttpFields date{{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(judge(read_answer(403, date, ""), kNow + std::chrono::minutes{16}), Next::take_clock);
  EXPECT_EQ(judge(read_answer(403, date, ""), kNow - std::chrono::minutes{16}), Next::take_clock);
  EXPECT_EQ(judge(read_answer(403, date, ""), kNow + std::chrono::minutes{14}), Next::fail);
  EXPECT_EQ(judge(read_answer(403, date, error_xml("AccessDenied")), kNow + std::chrono::hours{1}),
            Next::fail);
}

TEST(Classify, RetryAfterInSecondsOrAsADate) {
  EXPECT_EQ(read_answer(503, {{"Retry-After", "7"}}, "").retry_after, Millis{7000});
  const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const std::string later = "Sun, 06 Nov 1994 08:50:37 GMT";
  EXPECT_EQ(read_answer(503, {{"Retry-After", later}, {"Date", date}}, "").retry_after, Millis{60'000});
  EXPECT_EQ(read_answer(503, {{"Retry-After", date}, {"Date", later}}, "").retry_after, std::nullopt);
  for (const char* bad : {"", "-1", "soon", "7 ", "99999999999999999999"})
    EXPECT_EQ(read_answer(503, {{"Retry-After", bad}}, "").retry_after, std::nullopt) << bad;
  EXPECT_EQ(error_of(read_answer(503, {{"Retry-After", "7"}}, ""), "x").details().retry_after, Millis{7000});
  EXPECT_EQ(read_answer(429, {}, "").retry_after, Millis{1000});
  EXPECT_EQ(read_answer(429, {{"Retry-After", "7"}}, "").retry_after, Millis{7000});
}

TEST(Classify, TheMessageNamesTheCallAndNobodysRole) {
  const Answer seen = read_answer(403, {{"x-amz-request-id", "4442587FB7D0A2F9"}},
                                  "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:role/r is "
                                  "not authorized</Message></Error>");
  const Error error = error_of(seen, "UploadPart");
  EXPECT_EQ(error.message(),
            "the store answers UploadPart with 403 AccessDenied (its request id: 4442587FB7D0A2F9)");
  EXPECT_EQ(seen.message, "User: arn:aws:sts::1:role/r is not authorized");
  EXPECT_EQ(error.details().store_code, "AccessDenied");
  EXPECT_EQ(error_of(answer(404, ""), "HeadObject").details().store_code, "404");
  const Answer strange = read_answer(400, {}, error_xml("a&#10;b" + std::string(10'000, 'x')));
  EXPECT_LT(error_of(strange, "UploadPart").message().size(), 300U);
  EXPECT_TRUE(
      error_of(strange, "UploadPart").message().starts_with("the store answers UploadPart with 400 a?bx"));
}

TEST(Classify, RequestsWithoutAnAnswer) {
  using Sent = HttpError::Sent;
  const auto check = [](HttpFailure failure, Sent sent, Next next, Outcome outcome) {
    const HttpError error(failure, sent, "server: why");
    EXPECT_EQ(judge(error), next);
    EXPECT_EQ(error_of(error, "UploadPart").outcome(), outcome);
  };
  check(HttpFailure::unreachable, Sent::nothing, Next::retry, Outcome::retry);
  check(HttpFailure::busy, Sent::nothing, Next::retry, Outcome::retry);
  check(HttpFailure::timeout, Sent::all, Next::retry_lost, Outcome::unknown);
  check(HttpFailure::lost, Sent::part, Next::retry, Outcome::retry);
  check(HttpFailure::lost, Sent::all, Next::retry_lost, Outcome::unknown);
  check(HttpFailure::lost, Sent::nothing, Next::retry, Outcome::retry);
  check(HttpFailure::malformed, Sent::all, Next::retry_lost, Outcome::unknown);
  check(HttpFailure::untrusted, Sent::nothing, Next::fail, Outcome::refused);
  EXPECT_EQ(error_of(HttpError(HttpFailure::lost, Sent::all, "h:1: reset"), "UploadPart").message(),
            "UploadPart: the store has broken off the connection")
      << "no address";
}

TEST(Classify, Dates) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kNow);
  for (const char* bad :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"})
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace longshore::s3
