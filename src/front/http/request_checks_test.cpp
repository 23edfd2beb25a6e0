#include "front/http/request_checks.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

RequestHead head_with(const std::string& fields) {
  return parse_head("PUT /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
}

template <class Check>
std::optional<Reason> refusal(Check check) {
  try {
    check();
    return std::nullopt;
  } catch (const Error& error) {
    return error.reason();
  }
}

TEST(RequestChecks, FieldsOfWhatIsNotOfferedAreRefused) {
  const auto check = [](const std::string& fields) {
    return refusal([&] { check_fields(head_with(fields)); });
  };
  EXPECT_EQ(check("X-Anything: a\r\nx-anything: b\r\nAuthorization: a\r\n"), std::nullopt);
  EXPECT_EQ(check("Content-Encoding: Identity\r\n"), std::nullopt);
  EXPECT_EQ(check("Content-Encoding: br\r\n"), Reason::unsupported_media_type);
  EXPECT_EQ(check("If-Match: \"a\"\r\n"), Reason::invalid_request);
  EXPECT_EQ(check("If-Unmodified-Since: Mon, 23 Nov 2026 15:00:00 GMT\r\n"), Reason::invalid_request);
  EXPECT_EQ(check("Content-Range: bytes 0-1/2\r\n"), Reason::invalid_request);
  EXPECT_EQ(check("X-Amz-Server-Side-Encryption: aws:kms\r\n"), Reason::invalid_request);
  EXPECT_EQ(check("Content-Digest: crc32c=:AAAAAA==:\r\nContent-Digest: crc32c=:AAAAAA==:\r\n"),
            Reason::invalid_request);
}

TEST(RequestChecks, ABodyBelongsWhereItBelongs) {
  const auto check = [](BodyUse use, const std::string& fields) {
    return refusal([&] {
      const RequestHead head = head_with(fields);
      check_body({.method = "PUT", .pattern = "/x", .query = {}, .body = use}, head, check_framing(head));
    });
  };
  EXPECT_EQ(check(BodyUse::none, ""), std::nullopt);
  EXPECT_EQ(check(BodyUse::none, "Content-Length: 0\r\n"), std::nullopt);
  EXPECT_EQ(check(BodyUse::none, "Content-Length: 1\r\n"), Reason::invalid_request);
  EXPECT_EQ(check(BodyUse::none, "Transfer-Encoding: chunked\r\n"), Reason::invalid_request);
  EXPECT_EQ(check(BodyUse::json, ""), std::nullopt);
  EXPECT_EQ(check(BodyUse::json, "Content-Length: 2\r\nContent-Type: Application/JSON; charset=utf-8\r\n"),
            std::nullopt);
  EXPECT_EQ(check(BodyUse::json, "Content-Length: 2\r\nContent-Type: application/jsonp\r\n"),
            Reason::unsupported_media_type);
  EXPECT_EQ(check(BodyUse::json, "Content-Length: 2\r\n"), Reason::unsupported_media_type);
  EXPECT_EQ(check(BodyUse::stream, "Content-Length: 2\r\nContent-Type: text/html\r\n"), std::nullopt);
}

TEST(RequestChecks, QueryNamesAreTheRoutes) {
  const Route route{.method = "GET", .pattern = "/x", .query = {"a", "b"}};
  EXPECT_EQ(refusal([&] { check_query(route, parse_target("/x?a=1&b=", "h")); }), std::nullopt);
  try {
    check_query(route, parse_target("/x?c=1", "h"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("it takes: a, b"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace longshore::http
