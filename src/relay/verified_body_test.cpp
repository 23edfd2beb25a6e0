#include "relay/verified_body.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "domain/error.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore {
namespace {

using fakes::ScriptedBody;

std::uint32_t crc32c_of(const std::string& text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

/// What came through a body before its end or its error.
struct Passed {
  std::string bytes;
  std::string error;  // reason; empty: it ended well
};

Task<void> pull_all(BodySource& body, std::string& bytes) {
  for (ByteView piece = co_await body.next(); !piece.empty(); piece = co_await body.next())
    for (const std::byte b : piece) bytes.push_back(static_cast<char>(b));
}

Passed pass(BodySource& body) {
  Passed passed;
  try {
    await(pull_all(body, passed.bytes));
  } catch (const Error& error) {
    passed.error = to_string(error.reason());
  }
  return passed;
}

/// What a body of `text` in pieces of `piece` bytes passes on, where `expected` was announced.
Passed pass(const std::string& text, std::size_t piece, BodyExpectation expected) {
  ScriptedBody inner{text, piece};
  VerifiedBody body{inner, expected, nullptr};
  return pass(body);
}

const std::string kText = "0123456789";

BodyExpectation announced(std::optional<std::int64_t> size) {
  return {.size = size, .crc32c = crc32c_of(kText), .sha256 = sha256(kText)};
}

TEST(VerifiedBody, WhatIsRightPassesInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kText.size() + 1; ++piece)
    for (const auto& size : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{10}}) {
      ScriptedBody inner{kText, piece};
      VerifiedBody body{inner, announced(size), nullptr};
      const Passed passed = pass(body);
      EXPECT_EQ(passed.bytes, kText);
      EXPECT_EQ(passed.error, "");
      EXPECT_EQ(body.bytes(), 10);
      EXPECT_EQ(body.crc32c(), crc32c_of(kText));
      const Sha256Digest digest = sha256(kText);
      EXPECT_EQ(body.sha256_base64(), base64_encode(std::as_bytes(std::span(digest))));
      EXPECT_EQ(body.length(), size);
      EXPECT_TRUE(await(body.next()).empty()) << "the end, ever after";
    }
}

// The heart of it: whoever writes has not got the last piece when the digest turns out to be wrong.
TEST(VerifiedBody, TheLastPieceIsHeldBackUntilAllIsRight) {
  const BodyExpectation wrong[] = {
      {.size = 10, .crc32c = crc32c_of(kText) + 1},
      {.size = 10, .sha256 = sha256("something else")},
      {.size = 10, .crc32c = crc32c_of(kText), .sha256 = sha256("something else")},
      {.size = 10, .crc32c = 0, .sha256 = sha256(kText)},
  };
  for (const BodyExpectation& expected : wrong)
    for (std::size_t piece = 1; piece <= kText.size(); ++piece) {
      const Passed passed = pass(kText, piece, expected);
      const std::size_t last = kText.size() % piece == 0 ? piece : kText.size() % piece;
      EXPECT_EQ(passed.error, "DIGEST_MISMATCH");
      EXPECT_EQ(passed.bytes, kText.substr(0, kText.size() - last)) << "pieces of " << piece;
    }
}

TEST(VerifiedBody, OfUnknownLengthTheEndItselfIsTheError) {
  const Passed passed = pass(kText, 3, {.crc32c = 1});
  EXPECT_EQ(passed.error, "DIGEST_MISMATCH");
  EXPECT_EQ(passed.bytes, kText);
}

TEST(VerifiedBody, FewerBytesThanAnnounced) {
  for (std::size_t piece = 1; piece <= kText.size(); ++piece) {
    const Passed passed = pass(kText, piece, {.size = 11});
    EXPECT_EQ(passed.error, "BODY_CUT_OFF");
    EXPECT_EQ(passed.bytes, kText) << "one more was to come, so all of these may pass";
  }
  EXPECT_EQ(pass("", 1, {.size = 1}).error, "BODY_CUT_OFF");
}

TEST(VerifiedBody, MoreBytesThanAnnounced) {
  const Passed crossing = pass(kText, 4, {.size = 7});
  EXPECT_EQ(crossing.error, "INVALID_REQUEST");
  EXPECT_EQ(crossing.bytes, "0123") << "the piece with the surplus is not given";
  const Passed at_once = pass(kText, 10, {.size = 0});
  EXPECT_EQ(at_once.bytes, "") << "not read at all";
}

TEST(VerifiedBody, NoBytes) {
  for (const auto& size : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{0}}) {
    EXPECT_EQ(pass("", 1, {.size = size, .crc32c = 0, .sha256 = sha256("")}).error, "");
    EXPECT_EQ(pass("", 1, {.size = size, .crc32c = 1}).error, "DIGEST_MISMATCH");
    EXPECT_EQ(pass("", 1, {.size = size, .sha256 = sha256("x")}).error, "DIGEST_MISMATCH");
  }
}

TEST(VerifiedBody, WhatTheInnerBodyThrowsPasses) {
  ScriptedBody inner{kText, 3};
  inner.fail_at(5, Error{Reason::request_timeout, "too slow"});
  VerifiedBody body{inner, {.size = 10}, nullptr};
  const Passed passed = pass(body);
  EXPECT_EQ(passed.error, "REQUEST_TIMEOUT");
  EXPECT_EQ(passed.bytes, "01234");
  EXPECT_EQ(body.crc32c(), crc32c_of("01234"));
}

TEST(VerifiedBody, AfterAnErrorNothingMoreIsGiven) {
  for (const BodyExpectation& expected :
       {BodyExpectation{.size = 10, .crc32c = 1}, BodyExpectation{.size = 10, .sha256 = sha256("x")},
        BodyExpectation{.size = 7}, BodyExpectation{.size = 11}}) {
    ScriptedBody inner{kText, 4};
    VerifiedBody body{inner, expected, nullptr};
    EXPECT_NE(pass(body).error, "");
    const Passed again = pass(body);
    EXPECT_EQ(again.bytes, "");
  }
}

TEST(VerifiedBody, Sha256OnDemand) {
  ScriptedBody plain_inner{kText, 4};
  VerifiedBody plain{plain_inner, {.size = 10}, nullptr};
  pass(plain);
  EXPECT_EQ(plain.sha256_base64(), "");

  ScriptedBody inner{kText, 4};
  VerifiedBody computed{inner, {.size = 10, .compute_sha256 = true}, nullptr};
  pass(computed);
  EXPECT_EQ(computed.sha256_base64(), "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=");
}

TEST(VerifiedBody, TheMessageNamesBothDigests) {
  ScriptedBody inner{kText, 4};
  VerifiedBody body{inner, {.size = 10, .crc32c = 1}, nullptr};
  std::string bytes;
  try {
    await(pull_all(body, bytes));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(crc32c_to_base64(1)), std::string::npos) << error.message();
    EXPECT_NE(error.message().find(crc32c_to_base64(crc32c_of(kText))), std::string::npos) << error.message();
  }
}

// ---- once more

constexpr auto kOne = static_cast<std::int64_t>(BufferPool::kBufferBytes);

std::string take(BodySource& body, int pieces) {
  std::string bytes;
  for (int i = 0; i < pieces; ++i) bytes += as_text(await(body.next()));
  return bytes;
}

TEST(VerifiedBodyAgain, WhatHasPassedComesOnceMore) {
  const std::string text = "what has passed comes once more";
  BufferPool pool(4 * kOne);
  for (const int passed : {0, 1, 3, 100}) {
    ScriptedBody inner{text, 4};
    VerifiedBody body{
        inner, {.size = std::ssize(text), .crc32c = crc32c_of(text), .compute_sha256 = true}, &pool};
    EXPECT_TRUE(text.starts_with(take(body, passed)));
    ASSERT_TRUE(body.rewind()) << passed;
    take(body, passed / 2);
    ASSERT_TRUE(body.rewind()) << "in the middle of the second passage";
    const Passed again = pass(body);
    EXPECT_EQ(again.bytes, text);
    EXPECT_EQ(again.error, "");
    EXPECT_EQ(body.crc32c(), crc32c_of(text)) << "each byte was counted once";
    EXPECT_EQ(body.bytes(), std::ssize(text));
    EXPECT_EQ(body.sha256_base64(), sha256_to_base64(sha256(text)));
  }
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

TEST(VerifiedBodyAgain, TheLastPieceIsHeldBackInTheSecondPassageToo) {
  const std::string text = "abcdefgh";
  BufferPool pool(4 * kOne);
  ScriptedBody inner{text, 4};
  VerifiedBody body{inner, {.size = 8, .crc32c = 1}, &pool};
  EXPECT_EQ(take(body, 1), "abcd");
  ASSERT_TRUE(body.rewind());
  const Passed again = pass(body);
  EXPECT_EQ(again.bytes, "abcd");
  EXPECT_EQ(again.error, "DIGEST_MISMATCH");
  EXPECT_FALSE(body.rewind()) << "what was wrong stays so";
  EXPECT_EQ(pass(body).error, "DIGEST_MISMATCH");
}

TEST(VerifiedBodyAgain, NothingIsKeptWhereNobodyAsksForIt) {
  ScriptedBody inner{"abcdefgh", 4};
  VerifiedBody body{inner, {.size = 8}, nullptr};
  EXPECT_TRUE(body.rewind()) << "nothing has passed yet";
  EXPECT_FALSE(body.may_rewind()) << "but what passes is gone";
  take(body, 1);
  EXPECT_FALSE(body.rewind());
}

TEST(VerifiedBodyAgain, MemoryThatSomebodyNeedsIsNotKept) {
  BufferPool pool(4 * kOne);
  ScriptedBody inner{"abcdefgh", 4};
  VerifiedBody body{inner, {.size = 8}, &pool};
  EXPECT_TRUE(body.may_rewind());
  take(body, 1);
  EXPECT_TRUE(body.may_rewind());
  EXPECT_EQ(pool.spare_bytes(), kOne);
  auto all = await(pool.reserve(2 * kOne));
  EXPECT_TRUE(body.rewind()) << "there is room for both, and a buffer for the second passage";
  const BufferPool::Reservation rest = pool.set_aside(kOne);
  EXPECT_TRUE(rest);
  EXPECT_EQ(pass(body).error, "STORE_UNAVAILABLE") << "the bytes went in the middle of the second passage";
  EXPECT_FALSE(body.may_rewind());
  EXPECT_FALSE(body.rewind());
}

TEST(VerifiedBodyAgain, NoSecondPassageWhereThereIsNoRoomForIt) {
  BufferPool pool(4 * kOne);
  ScriptedBody inner{"abcdefgh", 4};
  VerifiedBody body{inner, {.size = 8}, &pool};
  take(body, 1);
  const auto room = await(pool.reserve(2 * kOne));
  const BufferPool::Buffer last = pool.try_acquire();
  EXPECT_FALSE(body.rewind()) << "its own bytes are the only memory left";
  EXPECT_EQ(pass(body).bytes, "efgh") << "and the first passage goes on";
}

TEST(VerifiedBodyAgain, WhatIsLargeBesideTheBudgetIsNotKept) {
  BufferPool pool(4 * kOne);
  const std::string text(BufferPool::kBufferBytes + 1, 'x');
  ScriptedBody inner{text, 100'000};
  VerifiedBody body{inner, {.size = std::ssize(text)}, &pool};
  take(body, 1);
  EXPECT_EQ(pool.spare_bytes(), 0);
  EXPECT_FALSE(body.rewind());
}

TEST(VerifiedBodyAgain, ASourceThatHasItsBytesNeedsNoMemory) {
  BufferPool pool(4 * kOne);
  ScriptedBody inner{"abcdefgh", 3};
  inner.hold();
  VerifiedBody body{inner, {.size = 8, .crc32c = crc32c_of("abcdefgh"), .compute_sha256 = true}, &pool};
  for (int i = 0; i < 2; ++i) {
    take(body, 2);
    EXPECT_EQ(pool.spare_bytes(), 0);
    ASSERT_TRUE(body.rewind());
    EXPECT_EQ(pass(body).bytes, "abcdefgh");
    EXPECT_EQ(body.sha256_base64(), sha256_to_base64(sha256("abcdefgh")));
    ASSERT_TRUE(body.rewind());
  }
}

}  // namespace
}  // namespace longshore
