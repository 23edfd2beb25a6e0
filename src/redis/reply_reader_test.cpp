#include "redis/reply_reader.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

using Kind = Reply::Kind;

Reply text(std::string value) { return {.kind = Kind::text, .text = std::move(value)}; }
Reply integer(std::int64_t value) { return {.kind = Kind::integer, .integer = value}; }

TEST(ReplyReader, EachKind) {
  ReplyReader reader;
  reader.feed("+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$4\r\na\r\nb\r\n*-1\r\n*0\r\n$0\r\n\r\n");
  EXPECT_EQ(reader.next(), (Reply{.kind = Kind::status, .text = "OK"}));
  EXPECT_EQ(reader.next(), (Reply{.kind = Kind::error, .text = "ERR no"}));
  EXPECT_EQ(reader.next(), integer(-7));
  EXPECT_EQ(reader.next(), Reply{});
  EXPECT_EQ(reader.next(), text("a\r\nb"));
  EXPECT_EQ(reader.next(), Reply{});
  EXPECT_EQ(reader.next(), (Reply{.kind = Kind::array}));
  EXPECT_EQ(reader.next(), text(""));
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(ReplyReader, HoweverTheBytesAreCut) {
  const std::string bytes = "*3\r\n$5\r\nhello\r\n*2\r\n:1\r\n$-1\r\n-NO\r\n:9\r\n";
  Reply nested{.kind = Kind::array};
  nested.elements = {integer(1), Reply{}};
  Reply expected{.kind = Kind::array};
  expected.elements = {text("hello"), nested, Reply{.kind = Kind::error, .text = "NO"}};
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      reader.feed(bytes.substr(at, cut));
      while (auto reply = reader.next()) replies.push_back(std::move(*reply));
    }
    ASSERT_EQ(replies, (std::vector<Reply>{expected, integer(9)})) << "pieces of " << cut;
  }
}

TEST(ReplyReader, WhatIsNoReplyIsRefused) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "*250001\r\n", "$99999999999999999999\r\n", ":x\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    EXPECT_THROW(reader.next(), std::runtime_error) << bytes;
  }
}

TEST(ReplyReader, AReplyThatDoesNotEndIsGivenUp) {
  ReplyReader reader;
  reader.feed("$99000000\r\n");
  const std::string piece(1 << 20, 'x');
  EXPECT_THROW(
      for (int i = 0; i < 70; ++i) {
        reader.feed(piece);
        ASSERT_EQ(reader.next(), std::nullopt);
      },
      std::runtime_error);
}

TEST(ReplyReader, WhatIsHalfReadIsGivenBack) {
  ReplyReader reader;
  reader.feed("*2\r\n$5\r\nhello\r\n*3\r\n:1\r\n");
  EXPECT_EQ(reader.next(), std::nullopt);  // its memory goes with the reader, which the sanitizers check
}

}  // namespace
}  // namespace longshore::redis
