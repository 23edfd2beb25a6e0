#include "apps/longshore/server_url.h"

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"

namespace longshore::cli {
namespace {

TEST(ServerUrl, IsTakenApart) {
  const ServerUrl plain = parse_server_url("http://127.0.0.1:7070");
  EXPECT_EQ(plain.endpoint, (HttpEndpoint{.tls = false, .host = "127.0.0.1", .port = 7070}));
  EXPECT_EQ(plain.prefix, "");

  const ServerUrl behind_proxy = parse_server_url("https://files.example.org/longshore/");
  EXPECT_EQ(behind_proxy.endpoint, (HttpEndpoint{.tls = true, .host = "files.example.org", .port = 443}));
  EXPECT_EQ(behind_proxy.prefix, "/longshore");

  EXPECT_EQ(parse_server_url("http://[::1]:7070").endpoint.host, "::1");
  EXPECT_EQ(parse_server_url("http://example.org").endpoint.port, 80);
}

TEST(ServerUrl, RefusesWhatItCannotMean) {
  for (const char* bad :
       {"", "127.0.0.1:7070", "ftp://host", "http://", "http://:7070", "http://host:", "http://host:0",
        "http://host:65536", "http://host:7x", "http://user@host", "http://host?x=1", "http://host#a",
        "http://ho st", "http://[::1", "http://[zz]", "http://[]", "http://[::1]7070", "http://h\r\nX: y"}) {
    EXPECT_THROW(parse_server_url(bad), Failure) << bad;
  }
}

TEST(ServerUrl, SegmentsCannotLeaveTheirPlace) {
  EXPECT_EQ(url_segment("a/b?c=d&e ü"), "a%2Fb%3Fc%3Dd%26e%20%C3%BC");
}

}  // namespace
}  // namespace longshore::cli
