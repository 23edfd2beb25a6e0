#include "s3/outgoing_body.h"

#include <gtest/gtest.h>

#include "domain/error.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3 {
namespace {

using fakes::ScriptedBody;

constexpr auto kCrc32c = ChecksumAlgorithm::crc32c;

struct Sent {
  std::string bytes;
  std::optional<Error> error;
};

// As the client pulls it: until length() bytes were given, never after.
Sent send(OutgoingBody& body) {
  Sent sent;
  try {
    while (std::ssize(sent.bytes) < body.length()) {
      const ByteView piece = await(body.next());
      EXPECT_FALSE(piece.empty());
      sent.bytes += as_text(piece);
    }
  } catch (const Error& error) {
    sent.error = error;
  }
  return sent;
}

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 23));
  return text;
}

TEST(OutgoingBody, PassesTheBytesOn) {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 1000U}) {
    for (const std::size_t piece : {1U, 2U, 3U, 1000U}) {
      ScriptedBody source(text_of(size), piece);
      OutgoingBody body(source, static_cast<std::int64_t>(size), std::nullopt);
      const Sent sent = send(body);
      EXPECT_FALSE(sent.error);
      EXPECT_EQ(sent.bytes, text_of(size)) << size << " in " << piece;
    }
  }
  ScriptedBody source("123456789", 4);
  OutgoingBody body(source, 9, std::nullopt);
  send(body);
  EXPECT_EQ(body.checksum().base64(), "4waSgw==");
}

TEST(OutgoingBody, TheLastByteWaitsForAGoodEnd) {
  for (const std::size_t piece : {1U, 4U, 10U, 100U}) {
    ScriptedBody source(text_of(10), piece);
    source.fail_at(10, Error(Reason::digest_mismatch, "not these bytes"));
    OutgoingBody body(source, 10, std::nullopt);
    const Sent sent = send(body);
    ASSERT_TRUE(sent.error);
    EXPECT_EQ(sent.error->reason(), Reason::digest_mismatch);
    EXPECT_EQ(sent.bytes, text_of(9));
  }
}

TEST(OutgoingBody, AnotherSizeThanAnnouncedIsNeverWhole) {
  for (const std::optional<ChecksumAlgorithm> trailer :
       {std::optional<ChecksumAlgorithm>(), std::optional(kCrc32c)}) {
    for (const std::int64_t announced : {1, 9, 11}) {
      ScriptedBody source(text_of(10), 4);
      OutgoingBody body(source, announced, trailer);
      const Sent sent = send(body);
      ASSERT_TRUE(sent.error) << announced;
      EXPECT_EQ(sent.error->reason(), Reason::integrity);
      EXPECT_EQ(sent.error->outcome(), Outcome::refused);
      EXPECT_LT(std::ssize(sent.bytes), body.length());
    }
  }
  ScriptedBody source("x");
  OutgoingBody body(source, 0, std::nullopt);
  EXPECT_EQ(body.length(), 0);
  EXPECT_THROW(await(body.expect_end()), Error);
}

TEST(OutgoingBody, FramesAndTrailer) {
  ScriptedBody source("123456789", 4);
  OutgoingBody body(source, 9, kCrc32c);
  const Sent sent = send(body);
  EXPECT_EQ(sent.bytes, "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n");
  EXPECT_EQ(body.length(), std::ssize(sent.bytes));

  ScriptedBody same("123456789", 4);
  OutgoingBody nvme(same, 9, ChecksumAlgorithm::crc64nvme);
  EXPECT_EQ(send(nvme).bytes, "9\r\n123456789\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n");

  ScriptedBody empty("");
  OutgoingBody nothing(empty, 0, kCrc32c);
  EXPECT_EQ(send(nothing).bytes, "0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n");
}

TEST(OutgoingBody, FramesHaveOneSizeWhateverThePieces) {
  const std::int64_t frame = OutgoingBody::kFrameBytes;
  for (const std::int64_t size : {frame - 1, frame, frame + 1, 2 * frame + 5}) {
    ScriptedBody source(text_of(static_cast<std::size_t>(size)), 300'000);
    OutgoingBody body(source, size, kCrc32c);
    const Sent sent = send(body);
    EXPECT_EQ(std::ssize(sent.bytes), body.length());
    std::string plain;
    std::string_view rest = sent.bytes;
    for (std::int64_t left = size; left > 0;) {
      const std::int64_t n = std::min(left, frame);

      rest.remove_prefix(rest.find('\n') + 1);
      plain += rest.substr(0, static_cast<std::size_t>(n));
      rest.remove_prefix(static_cast<std::size_t>(n));
      EXPECT_TRUE(rest.starts_with("\r\n"));
      rest.remove_prefix(2);
      left -= n;
    }
    EXPECT_EQ(plain, text_of(static_cast<std::size_t>(size)));
    EXPECT_TRUE(rest.starts_with("0\r\nx-amz-checksum-crc32c:"));
  }
}

TEST(OutgoingBody, NoTrailerBehindABodyThatBreaksOff) {
  ScriptedBody source("123456789", 4);
  source.fail_at(9, Error(Reason::body_cut_off, "gone"));
  OutgoingBody body(source, 9, kCrc32c);
  const Sent sent = send(body);
  ASSERT_TRUE(sent.error);
  EXPECT_EQ(sent.error->reason(), Reason::body_cut_off);
  EXPECT_EQ(sent.bytes, "9\r\n123456789");
}

TEST(OutgoingBody, StartsAnewWhereTheBytesAreStillThere) {
  for (const std::optional<ChecksumAlgorithm> trailer :
       {std::optional<ChecksumAlgorithm>(), std::optional(kCrc32c)}) {
    ScriptedBody held("123456789", 4);
    held.hold();
    OutgoingBody body(held, 9, trailer);
    EXPECT_TRUE(body.may_rewind());
    const std::string once = send(body).bytes;
    ASSERT_TRUE(body.rewind());
    await(body.next());
    ASSERT_TRUE(body.rewind());
    EXPECT_EQ(send(body).bytes, once);
    EXPECT_EQ(body.checksum().base64(), "4waSgw==");
  }
}

TEST(OutgoingBody, WhatWasNotTouchedNeedsNoRewind) {
  ScriptedBody source("123456789", 4);
  OutgoingBody body(source, 9, kCrc32c);
  EXPECT_FALSE(body.may_rewind());
  await(body.next());  // the head of a frame
  ASSERT_TRUE(body.rewind());
  EXPECT_TRUE(send(body).bytes.starts_with("9\r\n1234"));
  EXPECT_FALSE(body.rewind());
}

}  // namespace
}  // namespace longshore::s3
