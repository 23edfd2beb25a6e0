#include "net/chunk_framing.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using namespace std::string_literals;

struct Decoded {
  std::string data;
  std::size_t used = 0;
  bool done = false;
};

/// Feeds the input in pieces of `step` bytes.
Decoded decode(const std::string& input, std::size_t step) {
  ChunkFraming framing;
  Decoded out;
  std::size_t end = 0;
  while (!framing.done() && out.used < input.size()) {
    if (out.used == end) end = std::min(end + step, input.size());
    const std::string_view piece = std::string_view(input).substr(out.used, end - out.used);
    if (framing.data_left() == 0) {
      out.used += framing.take(piece);
    } else {
      const auto n = std::min<std::size_t>(piece.size(), static_cast<std::size_t>(framing.data_left()));
      out.data += piece.substr(0, n);
      out.used += n;
      framing.data_moved(static_cast<std::int64_t>(n));
    }
  }
  out.done = framing.done();
  return out;
}

std::optional<ChunkFault::Kind> refusal(const std::string& input) {
  try {
    decode(input, input.size());
    return std::nullopt;
  } catch (const ChunkFault& fault) {
    return fault.kind();
  }
}

TEST(ChunkFraming, GivesTheDataAndStopsAtTheEnd) {
  const std::string body = "5\r\nhello\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\nX: \r\n\r\n";
  for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    const Decoded out = decode(body + "GET /", step);
    EXPECT_EQ(out.data, "hello0123456789");
    EXPECT_EQ(out.used, body.size());
    EXPECT_TRUE(out.done);
  }
}

TEST(ChunkFraming, IsNotDoneBeforeTheLastLine) {
  EXPECT_FALSE(decode("1\r\na\r\n0\r\n\r", 100).done);
  EXPECT_TRUE(decode("0\r\n\r\n", 100).done);
}

TEST(ChunkFraming, RefusesOtherSpellings) {
  for (const std::string& body : {
           "0x5\r\n"s,
           "-1\r\n"s,
           "+1\r\n"s,
           " 5\r\n"s,
           "5 \r\n"s,
           "\r\n"s,
           ";a\r\n"s,
           "g\r\n"s,
           "00000000000000005\r\n"s,  // 17 digits
           "ffffffffffffffff\r\n"s,   // beyond 2^63
           "5\nhello"s,
           "5\rhello"s,
           "5;a\nb\r\n"s,
           "5;a\rb\r\n"s,
           "5;a\0b\r\n"s,
           "5\r\nhelloX"s,
           "5\r\nhello\n"s,
           "5\r\nhello\rX"s,
           "0\r\nA: b\n"s,
           "0\r\n\n"s,
           "0\r\nA: b\r\n c\r\n"s,
           "0\r\nA: \0\r\n"s,
       }) {
    EXPECT_EQ(refusal(body), ChunkFault::Kind::malformed) << body;
  }
}

TEST(ChunkFraming, BoundsWhatIsNoData) {
  EXPECT_EQ(refusal("1;" + std::string(kChunkExtensionMax, 'a') + "\r\nx"), std::nullopt);
  EXPECT_EQ(refusal("1;" + std::string(kChunkExtensionMax + 1, 'a') + "\r\nx"), ChunkFault::Kind::too_much);
  EXPECT_EQ(refusal("0\r\nA: " + std::string(kTrailerBytesMax, 'a')), ChunkFault::Kind::too_much);
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "1;" + std::string(100, 'a') + "\r\nx\r\n";
  EXPECT_EQ(refusal(many), ChunkFault::Kind::too_much);
}

}  // namespace
}  // namespace longshore
