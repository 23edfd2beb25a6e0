#include "front/http/request_head.h"

#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

TEST(RequestHead, HasFieldsInOrderWithLowerCaseNames) {
  const RequestHead head = parse_head("PATCH /a?b=c HTTP/1.0\r\nHost: h\r\nX-A: 1\r\nx-a:  2 \r\n\r\n");
  EXPECT_EQ(head.method, "PATCH");
  EXPECT_EQ(head.target, "/a?b=c");
  EXPECT_EQ(head.version_minor, 0);
  ASSERT_EQ(head.fields.size(), 3U);
  EXPECT_EQ(*head.find("x-a"), "1");
  EXPECT_EQ(head.fields[2].value, "2");
  EXPECT_EQ(head.count("x-a"), 2U);
  EXPECT_EQ(head.find("x-b"), nullptr);
}

TEST(RequestHead, RefusesWhatIsNoHeader) {
  for (const char* raw : {
           "\r\n\r\n",
           "GET\r\n\r\n",
           "GET /\r\n\r\n",
           "GET / HTTP/2.0\r\n\r\n",
           "GET / HTTP/1.2\r\n\r\n",
           "GET / http/1.1\r\n\r\n",
           "GET  / HTTP/1.1\r\n\r\n",
           "GET / a HTTP/1.1\r\n\r\n",
           "G(T / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost\r\n\r\n",
           "GET / HTTP/1.1\r\n: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
           "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
           "PRI * HTTP/2.0\r\n\r\n",
       }) {
    EXPECT_THROW(parse_head(raw), Error) << raw;
  }
}

TEST(RequestHead, TargetLimit) {
  EXPECT_NO_THROW(parse_head("GET /" + std::string(8191, 'a') + " HTTP/1.1\r\n\r\n"));
  EXPECT_THROW(parse_head("GET /" + std::string(8192, 'a') + " HTTP/1.1\r\n\r\n"), Error);
}

}  // namespace
}  // namespace longshore::http
