#include "net/http_head.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(RequestHeadTest, IsWrittenOut) {
  EXPECT_EQ(format_request_head({"PUT", "/b/k?partNumber=1", "s3"}, {{"x-amz-date", "now"}, {"x-empty", ""}}),
            "PUT /b/k?partNumber=1 HTTP/1.1\r\nHost: s3\r\nx-amz-date: now\r\nx-empty: \r\n\r\n");
}

TEST(RequestHeadTest, NothingGetsInThatBreaksIt) {
  const auto refuses = [](const RequestLine& line, const HttpFields& fields) {
    try {
      format_request_head(line, fields);
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  for (const char* method : {"", "GET ", "G\r\n"}) EXPECT_TRUE(refuses({method, "/", "h"}, {})) << method;
  for (const char* target : {"", "/a b", "/a\r\n", "/\x7f", "/\xc3\xa9"})
    EXPECT_TRUE(refuses({"GET", target, "h"}, {})) << target;
  for (const char* host : {"", "h\r\n", "h h"}) EXPECT_TRUE(refuses({"GET", "/", host}, {})) << host;
  for (const char* name : {"", "a b", "a:", "a\r\n", "\xc3\xa9"})
    EXPECT_TRUE(refuses({"GET", "/", "h"}, {{name, "v"}})) << name;
  for (const char* value : {"v\r\nX: y", "v\n", "\x01", "\x7f"})
    EXPECT_TRUE(refuses({"GET", "/", "h"}, {{"n", value}})) << value;
  EXPECT_FALSE(refuses({"GET", "/", "h"}, {{"n", "tab\tand \xc3\xa9"}}));
}

TEST(AnswerHeadTest, EndIsFound) {
  EXPECT_EQ(find_head_end("HTTP/1.1 200 OK\r\n\r"), 0U);
  EXPECT_EQ(find_head_end("HTTP/1.1 200 OK\r\n\r\nbody"), 19U);
}

TEST(AnswerHeadTest, IsParsed) {
  const auto head = parse_answer_head(
      "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nx-amz-meta-b:  c \r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 206);
  EXPECT_EQ(head->version_minor, 1);
  EXPECT_EQ(*find_field(head->fields, "ETag"), "\"a\"");
  EXPECT_EQ(*find_field(head->fields, "x-amz-meta-b"), "c");
  EXPECT_EQ(parse_answer_head("HTTP/1.0 200 \r\n\r\n")->version_minor, 0);
  EXPECT_FALSE(parse_answer_head("HTTP/1.1 200 OK\r\n"));
}

class AnswerFramingTest : public testing::Test {
 protected:
  static AnswerFraming framing(const HttpFields& fields, int status = 200, bool to_head = false,
                               int minor = 1) {
    return decide_framing({.status = status, .version_minor = minor, .fields = fields}, to_head).value();
  }
};

using Body = AnswerFraming::Body;

TEST_F(AnswerFramingTest, BodiesThatAreTold) {
  EXPECT_EQ(framing({{"Content-Length", "5"}}).body, Body::length);
  EXPECT_EQ(framing({{"Content-Length", "5"}}).length, 5);
  EXPECT_EQ(framing({{"Content-Length", "0"}}).body, Body::none);
  EXPECT_EQ(framing({{"Transfer-Encoding", "Chunked"}}).body, Body::chunked);
  EXPECT_EQ(framing({}).body, Body::until_close);
}

TEST_F(AnswerFramingTest, BodiesThatThereAreNot) {
  EXPECT_EQ(framing({{"Content-Length", "5"}}, 200, true).body, Body::none);
  EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}}, 200, true).body, Body::none);
  EXPECT_EQ(framing({}, 204).body, Body::none);
  EXPECT_EQ(framing({{"Content-Length", "5"}}, 304).body, Body::none);
}

TEST_F(AnswerFramingTest, WhetherTheConnectionStays) {
  EXPECT_TRUE(framing({{"Content-Length", "5"}}).keep_alive);
  EXPECT_TRUE(framing({}, 204).keep_alive);
  EXPECT_FALSE(framing({}).keep_alive);
  EXPECT_FALSE(framing({{"Content-Length", "5"}}, 200, false, 0).keep_alive);
  EXPECT_FALSE(framing({{"Content-Length", "5"}, {"connection", "x, CLOSE"}}).keep_alive);
}

}  // namespace
}  // namespace longshore
