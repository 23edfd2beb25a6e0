#include "net/http_message.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(HttpFieldsTest, NamesAreFoundInAnyCase) {
  const HttpFields fields{{"ETag", "\"a\""}, {"x-amz-id-2", "b"}, {"etag", "c"}};
  ASSERT_NE(find_field(fields, "etag"), nullptr);
  EXPECT_EQ(*find_field(fields, "etag"), "\"a\"");
  EXPECT_EQ(*find_field(fields, "X-Amz-Id-2"), "b");
  EXPECT_EQ(find_field(fields, "x-amz-id"), nullptr);
}

TEST(HttpEndpointTest, AuthorityNamesThePortWhereItIsNotTheSchemesOwn) {
  EXPECT_EQ((HttpEndpoint{true, "s3.example.org", 443}.authority()), "s3.example.org");
  EXPECT_EQ((HttpEndpoint{true, "s3.example.org", 80}.authority()), "s3.example.org:80");
  EXPECT_EQ((HttpEndpoint{false, "127.0.0.1", 80}.authority()), "127.0.0.1");
  EXPECT_EQ((HttpEndpoint{false, "fd00:ec2::254", 8080}.authority()), "[fd00:ec2::254]:8080");
}

TEST(HttpUrlTest, PartsOfAUrl) {
  const auto url = parse_http_url("HTTPS://S3.example.org:9000/path?query=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->endpoint, (HttpEndpoint{true, "S3.example.org", 9000}));
  EXPECT_EQ(url->target, "/path?query=1");

  EXPECT_EQ(parse_http_url("http://minio")->endpoint, (HttpEndpoint{false, "minio", 80}));
  EXPECT_EQ(parse_http_url("http://minio")->target, "/");
  EXPECT_EQ(parse_http_url("https://minio?x")->target, "/?x");
  EXPECT_EQ(parse_http_url("https://[::1]/")->endpoint, (HttpEndpoint{true, "::1", 443}));
  EXPECT_EQ(parse_http_url("http://[::1]:81/")->endpoint, (HttpEndpoint{false, "::1", 81}));
}

TEST(HttpUrlTest, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "minio:9000",
                           "ftp://minio/",
                           "http:/minio",
                           "https://",
                           "https:///x",
                           "http://:80/",
                           "http://a:b/",
                           "http://a:/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:80x/",
                           "http://user@a/",
                           "http://u:p@a/",
                           "http://[::1/",
                           "http://[]/",
                           "http://[::1]x/",
                           "http://a b/",
                           "http://a/b c",
                           "http://a/#f",
                           "http://a\r\n/",
                           "http://a\\b/",
                           "http://a/\x7f",
                           "http://\xc3\xa9/"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
}

}  // namespace
}  // namespace longshore
