#include "front/http/byte_range.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::http {
namespace {

using Kind = RangeAnswer::Kind;

std::string shown(std::string_view value, std::int64_t size) {
  const RangeAnswer answer = decide_range(value, size);
  if (answer.kind == Kind::whole) return "whole";
  if (answer.kind == Kind::unsatisfiable) return "416";
  return std::to_string(answer.range.first) + "-" + std::to_string(answer.range.last);
}

TEST(ByteRange, OneRange) {
  EXPECT_EQ(shown("bytes=0-0", 10), "0-0");
  EXPECT_EQ(shown("bytes=0-9", 10), "0-9");
  EXPECT_EQ(shown("bytes=3-", 10), "3-9");
  EXPECT_EQ(shown("bytes=-3", 10), "7-9");
  EXPECT_EQ(shown("bytes=-30", 10), "0-9");
  EXPECT_EQ(shown("bytes=5-99999999999999999999999999", 10), "5-9");
  EXPECT_EQ(shown("bytes=-18446744073709551616", 10), "0-9");
}

TEST(ByteRange, BeyondTheEnd) {
  EXPECT_EQ(shown("bytes=10-", 10), "416");
  EXPECT_EQ(shown("bytes=18446744073709551616-", 10), "416");
  EXPECT_EQ(shown("bytes=5-1", 10), "416");
  EXPECT_EQ(shown("bytes=-0", 10), "416");
  EXPECT_EQ(shown("bytes=0-", 0), "416");
  EXPECT_EQ(shown("bytes=-1", 0), "416");
}

TEST(ByteRange, EverythingElseIsTheWhole) {
  std::string many = "bytes=0-";
  for (int i = 0; i < 1000; ++i) many += ",0-";
  for (const std::string& value :
       {std::string("bytes=0-1,3-4"), many, std::string("bytes="), std::string("bytes=-"),
        std::string("bytes=a-b"), std::string("bytes=0x1-2"), std::string("bytes=+1-2"),
        std::string("bytes=--1"), std::string("lines=0-1"), std::string("bytes 0-1"),
        std::string("bytes=1 -2"), std::string()}) {
    EXPECT_EQ(shown(value, 10), "whole") << value.substr(0, 30);
  }
}

TEST(ByteRange, Conditions) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"x\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("*", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\"", "\"a\""));
  EXPECT_FALSE(matches_etag("a", "\"a\""));
  EXPECT_TRUE(if_range_holds("\"a\"", "\"a\""));
  EXPECT_FALSE(if_range_holds("W/\"a\"", "\"a\""));
  EXPECT_FALSE(if_range_holds("Mon, 23 Nov 2026 15:00:00 GMT", "\"a\""));
}

}  // namespace
}  // namespace longshore::http
