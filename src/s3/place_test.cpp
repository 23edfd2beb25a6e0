#include "s3/place.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

Call call_of(const std::string& key, aws::QueryParameters query = {}) {
  return {.name = "GetObject", .method = "GET", .key = ObjectKey(key), .query = std::move(query)};
}

std::string field_refused(PlaceOptions options) {
  try {
    const Place place(std::move(options));
    return "none";
  } catch (const Error& error) {
    return error.details().field;
  }
}

TEST(Place, AwsIsFoundByItsRegion) {
  EXPECT_EQ(Place({.bucket = "docs"}).endpoint().host, "docs.s3.us-east-1.amazonaws.com");
  EXPECT_EQ(Place({.region = "eu-west-1", .bucket = "docs"}).endpoint().host,
            "docs.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(Place({.region = "cn-north-1", .bucket = "docs"}).endpoint().host,
            "docs.s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(Place({.region = "eu-west-1", .bucket = "docs", .dual_stack = true}).endpoint().host,
            "docs.s3.dualstack.eu-west-1.amazonaws.com");
  EXPECT_EQ(Place({.bucket = "docs", .accelerate = true}).endpoint().host,
            "docs.s3-accelerate.amazonaws.com");
  EXPECT_TRUE(Place({.bucket = "docs"}).is_tls());
}

TEST(Place, AddressingFollowsTheBucketsName) {
  EXPECT_EQ(Place({.bucket = "docs"}).target(call_of("a/b")), "/a/b");
  const Place dotted({.bucket = "docs.example.org"});
  EXPECT_EQ(dotted.endpoint().host, "s3.us-east-1.amazonaws.com");
  EXPECT_EQ(dotted.target(call_of("a/b")), "/docs.example.org/a/b");
  const Place other({.endpoint = "https://minio.example:9000", .bucket = "docs"});
  EXPECT_EQ(other.endpoint(), (HttpEndpoint{.tls = true, .host = "minio.example", .port = 9000}));
  EXPECT_EQ(other.target(call_of("")), "/docs");
  const Place forced(
      {.endpoint = "http://minio.example", .bucket = "docs.x", .addressing = Addressing::virtual_host});
  EXPECT_EQ(forced.endpoint().host, "docs.x.minio.example");
  EXPECT_EQ(forced.target(call_of("")), "/");
}

TEST(Place, KeysAndQueriesAreEncodedOnce) {
  const Place place({.endpoint = "http://h", .bucket = "docs"});
  EXPECT_EQ(place.target(call_of("a b/~c+d/%2F/\xC3\xBC?e#f/../.")),
            "/docs/a%20b/~c%2Bd/%252F/%C3%BC%3Fe%23f/../.");
  EXPECT_EQ(place.target(call_of("/")), "/docs//");
  EXPECT_EQ(place.target(call_of("k", {{"uploads", ""}})), "/docs/k?uploads=");
  EXPECT_EQ(place.target(call_of("k", {{"uploadId", "a+b/="}, {"partNumber", "1"}})),
            "/docs/k?partNumber=1&uploadId=a%2Bb%2F%3D");
}

TEST(Place, WhatCannotBeIsRefused) {
  EXPECT_EQ(field_refused({.bucket = "ab"}), "bucket");
  EXPECT_EQ(field_refused({.bucket = "a/b/c"}), "bucket");
  EXPECT_EQ(field_refused({.bucket = ".abc"}), "bucket");
  EXPECT_EQ(field_refused({.region = "eu west", .bucket = "docs"}), "region");
  EXPECT_EQ(field_refused({.region = "evil.example/", .bucket = "docs"}), "region");
  EXPECT_EQ(field_refused({.endpoint = "minio:9000", .bucket = "docs"}), "endpoint");
  EXPECT_EQ(field_refused({.endpoint = "https://h/path", .bucket = "docs"}), "endpoint");
  EXPECT_EQ(field_refused({.endpoint = "https://user@h", .bucket = "docs"}), "endpoint");
  EXPECT_EQ(field_refused(
                {.endpoint = "http://127.0.0.1", .bucket = "docs", .addressing = Addressing::virtual_host}),
            "addressing");
  EXPECT_EQ(field_refused({.endpoint = "https://h", .bucket = "a.b", .addressing = Addressing::virtual_host}),
            "addressing");
  EXPECT_EQ(field_refused({.bucket = "a.b.c", .accelerate = true}), "accelerate");
  EXPECT_EQ(field_refused({.endpoint = "https://h", .bucket = "docs", .dual_stack = true}), "dual_stack");
  EXPECT_EQ(field_refused({.bucket = "Old_Bucket"}), "none");
}

TEST(Place, FollowsToWhereTheBucketIs) {
  const Place aws({.bucket = "docs"});
  auto next = aws.follow({.region = "eu-west-1"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->region(), "eu-west-1");
  EXPECT_EQ(next->endpoint().host, "docs.s3.eu-west-1.amazonaws.com");

  next = aws.follow({.host = "docs.s3-eu-west-1.amazonaws.com"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->endpoint().host, "docs.s3-eu-west-1.amazonaws.com");

  const Place own({.endpoint = "https://h:9000", .bucket = "docs"});
  next = own.follow({.region = "eu-west-1"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->endpoint().host, "h");
  EXPECT_EQ(next->region(), "eu-west-1");
  next = own.follow({.host = "other:9443"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->endpoint(), (HttpEndpoint{.tls = true, .host = "other", .port = 9443}));
  EXPECT_EQ(next->target(call_of("k")), "/docs/k");
}

TEST(Place, ALoopIsNotFollowed) {
  const Place place({.endpoint = "https://h:9000", .region = "eu-west-1", .bucket = "docs"});
  EXPECT_FALSE(place.follow({.region = "eu-west-1"}));
  EXPECT_FALSE(place.follow({.host = "h:9000"}));
  EXPECT_FALSE(place.follow({}));
  EXPECT_FALSE(place.follow({.region = "evil.example/"}));
  EXPECT_FALSE(place.follow({.host = "user@evil"}));
  EXPECT_FALSE(place.follow({.host = "evil/path"}));
}

}  // namespace
}  // namespace longshore::s3
