#include "front/http/framing.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

Framing framing_of(const std::string& fields, const std::string& version = "1.1") {
  return check_framing(parse_head("PUT /x HTTP/" + version + "\r\n" + fields + "\r\n"));
}

std::optional<Reason> refusal(const std::string& fields, const std::string& version = "1.1") {
  try {
    framing_of(fields, version);
    return std::nullopt;
  } catch (const Error& error) {
    return error.reason();
  }
}

TEST(Framing, TakesTheOneWayToSayEach) {
  EXPECT_EQ(framing_of("Host: a\r\n").body, BodyKind::none);
  EXPECT_EQ(framing_of("Host: a\r\nContent-Length: 0\r\n").body, BodyKind::none);
  const Framing with_length = framing_of("Host: a\r\nContent-Length: 9223372036854775807\r\n");
  EXPECT_EQ(with_length.body, BodyKind::length);
  EXPECT_EQ(with_length.length, 9223372036854775807);
  EXPECT_EQ(framing_of("Host: a\r\nTransfer-Encoding: Chunked\r\n").body, BodyKind::chunked);
}

TEST(Framing, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* fields : {
           "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Host: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n",
           "Host: a\r\nTransfer-Encoding: gzip\r\n",
           "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
           "Host: a\r\nTransfer-Encoding: chunked, identity\r\n",
           "Host: a\r\nTransfer-Encoding: chunked, chunked\r\n",
           "Host: a\r\nTransfer-Encoding: xchunked\r\n",
           "Host: a\r\nTransfer-Encoding: identity\r\n",
           "Host: a\r\nTransfer-Encoding: \r\n",
           "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Host: a\r\nContent-Length: 5, 5\r\n",
           "Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
           "Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
           "Host: a\r\nContent-Length: +5\r\n",
           "Host: a\r\nContent-Length: -1\r\n",
           "Host: a\r\nContent-Length: 0x5\r\n",
           "Host: a\r\nContent-Length: 18446744073709551616\r\n",
           "Host: a\r\nContent-Length: 9223372036854775808\r\n",
           "Host: a\r\nContent-Length: 5 5\r\n",
           "Host: a\r\nContent-Length: \r\n",
           "Content-Length: 5\r\n",
           "Host: a\r\nHost: a\r\n",
           "Host: a\r\nHost: b\r\n",
           "Host: a@b\r\n",
           "Host: a b\r\n",
           "Host: a/b\r\n",
           "Host: a:http\r\n",
           "Host: \r\n",
           "Host: [::1\r\n",
       }) {
    EXPECT_EQ(refusal(fields), Reason::invalid_request) << fields;
  }
  EXPECT_EQ(refusal("Host: a\r\nTransfer-Encoding: chunked\r\n", "1.0"), Reason::invalid_request);
}

TEST(Framing, KnowsHosts) {
  for (const char* host : {"a", "a.example:7070", "127.0.0.1:1", "[::1]", "[::1]:7070", "localhost:"}) {
    EXPECT_EQ(framing_of(std::string("Host: ") + host + "\r\n").host, host);
  }
  EXPECT_EQ(framing_of("", "1.0").host, "");
}

TEST(Framing, KeepsAliveByVersionAndWord) {
  EXPECT_TRUE(framing_of("Host: a\r\n").keep_alive);
  EXPECT_FALSE(framing_of("Host: a\r\nConnection: foo, Close\r\n").keep_alive);
  EXPECT_FALSE(framing_of("Host: a\r\nConnection: foo\r\nConnection: close\r\n").keep_alive);
  EXPECT_FALSE(framing_of("Host: a\r\n", "1.0").keep_alive);
}

TEST(Framing, Expectations) {
  EXPECT_TRUE(framing_of("Host: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n").expects_continue);
  EXPECT_FALSE(framing_of("Host: a\r\nExpect: 100-continue\r\n").expects_continue);
  EXPECT_EQ(refusal("Host: a\r\nExpect: x\r\n"), Reason::expectation_failed);
  EXPECT_EQ(refusal("Host: a\r\nExpect: 100-continue, x\r\n"), Reason::expectation_failed);
}

}  // namespace
}  // namespace longshore::http
