#include "relay/body_cursor.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"
#include "domain/error.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore {
namespace {

using fakes::ScriptedBody;

/// A body in pieces of given sizes.
class Pieces final : public BodySource {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }
  Task<ByteView> next() override {
    EXPECT_FALSE(ended_) << "nobody asks once it has ended";
    if (at_ == pieces_.size()) {
      ended_ = true;
      co_return ByteView{};
    }
    co_return as_bytes(pieces_[at_++]);
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

std::string text_of(ByteView bytes) {
  std::string text(bytes.size(), '\0');
  if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

Task<std::string> read_all(BodySource& body) {
  std::string text;
  for (ByteView piece = co_await body.next(); !piece.empty(); piece = co_await body.next())
    text += text_of(piece);
  co_return text;
}

constexpr std::int64_t kBuffer = BufferPool::kBufferBytes;

TEST(BodyCursor, TakesAtMostWhatIsAskedFor) {
  Pieces inner{{"abcdef", "g"}};
  BodyCursor cursor{inner};
  EXPECT_FALSE(await(cursor.at_end()));
  EXPECT_EQ(text_of(await(cursor.take(4))), "abcd");
  EXPECT_EQ(text_of(await(cursor.take(4))), "ef") << "a piece ends there";
  EXPECT_FALSE(await(cursor.at_end()));
  EXPECT_FALSE(await(cursor.at_end())) << "looking changes nothing";
  EXPECT_EQ(text_of(await(cursor.take(4))), "g");
  EXPECT_TRUE(await(cursor.at_end()));
  EXPECT_EQ(text_of(await(cursor.take(4))), "");
  EXPECT_TRUE(await(cursor.at_end()));
}

TEST(BodyCursor, OfNothing) {
  Pieces inner{{}};
  BodyCursor cursor{inner};
  EXPECT_TRUE(await(cursor.at_end()));
  EXPECT_TRUE(await(cursor.take(1)).empty());
}

TEST(BodyCursor, ErrorsPass) {
  ScriptedBody inner{"abcdef", 2};
  inner.fail_at(3, Error{Reason::body_cut_off, "gone"});
  BodyCursor cursor{inner};
  EXPECT_EQ(text_of(await(cursor.take(9))), "ab");
  EXPECT_EQ(text_of(await(cursor.take(9))), "c");
  EXPECT_THROW(await(cursor.at_end()), Error);
}

TEST(BodySlice, EndsAtItsSizeAndLeavesTheRest) {
  Pieces inner{{"abc", "def", "gh"}};
  BodyCursor cursor{inner};
  BodySlice first{cursor, 4};
  EXPECT_EQ(first.length(), 4);
  EXPECT_EQ(await(read_all(first)), "abcd");
  EXPECT_TRUE(await(first.next()).empty()) << "ever after";
  BodySlice second{cursor, 2};
  EXPECT_EQ(await(read_all(second)), "ef");
  BodySlice too_long{cursor, 9};
  EXPECT_EQ(await(read_all(too_long)), "gh") << "what is there; who verifies lengths sees it";
  BodySlice none{cursor, 0};
  EXPECT_EQ(await(read_all(none)), "");
}

/// `text` cut into pieces of random sizes.
std::vector<std::string> cut(const std::string& text, std::size_t most, std::mt19937& dice) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t n = std::min(text.size() - at, 1 + dice() % most);
    pieces.push_back(text.substr(at, n));
    at += n;
  }
  return pieces;
}

std::string random_text(std::size_t size, std::mt19937& dice) {
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + dice() % 26);
  return text;
}

// However the client's bytes come in pieces and however they are cut into parts: the parts are the bytes.
TEST(BodySlice, PartsOfAnyCutAreTheBody) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 dice{seed};
    const std::string text = random_text(1 + dice() % 60, dice);
    Pieces inner{cut(text, 1 + dice() % 20, dice)};
    BodyCursor cursor{inner};
    std::string joined;
    const std::int64_t part = 1 + dice() % 25;
    for (std::int64_t at = 0; at < std::ssize(text); at += part) {
      ASSERT_FALSE(await(cursor.at_end())) << seed;
      BodySlice slice{cursor, std::min(part, std::ssize(text) - at)};
      const std::string bytes = await(read_all(slice));
      ASSERT_EQ(std::ssize(bytes), *slice.length()) << seed;
      joined += bytes;
    }
    EXPECT_TRUE(await(cursor.at_end())) << seed;
    EXPECT_EQ(joined, text) << seed;
  }
}

/// No two stretches of it are equal for long: what is lost, doubled or swapped shows.
std::string long_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
  text.resize(size);
  return text;
}

TEST(HeldPart, PartsOfAnyCutAreTheBody) {
  BufferPool pool{16 * kBuffer};
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 dice{seed};
    // Around the boundaries of buffers and of parts.
    const std::int64_t part = std::int64_t{1 + static_cast<std::int64_t>(dice() % 3)} * kBuffer - 1 +
                              dice() % 3;
    const std::string text = long_text(static_cast<std::size_t>(2 * part - 2 + dice() % 5));
    Pieces inner{cut(text, 1 + dice() % 300'000, dice)};
    BodyCursor cursor{inner};
    std::string joined;
    {
      HeldPart held{await(pool.reserve(part))};
      while (!await(cursor.at_end())) {
        await(held.fill(cursor, part));
        const std::string bytes = await(read_all(held));
        ASSERT_EQ(std::ssize(bytes), *held.length()) << seed;
        EXPECT_TRUE(std::ssize(bytes) == part || await(cursor.at_end()))
            << seed << ": only the last is short";
        joined += bytes;
        ASSERT_TRUE(held.rewind());
        EXPECT_EQ(await(read_all(held)), bytes) << seed << ": for another try";
      }
    }
    EXPECT_EQ(joined, text) << seed;
    EXPECT_EQ(pool.in_use_bytes(), 0) << seed;
  }
}

TEST(HeldPart, AllIsReservedBeforeTheFirstByteAndServesPartAfterPart) {
  BufferPool pool{16 * kBuffer};
  ScriptedBody inner{std::string(10 * kBuffer + 1, 'x'), 100'000};
  BodyCursor cursor{inner};
  {
    HeldPart held{await(pool.reserve(4 * kBuffer))};
    for (const std::int64_t size : {4 * kBuffer, 4 * kBuffer, 2 * kBuffer + 1, std::int64_t{0}}) {
      EXPECT_EQ(pool.in_use_bytes(), 4 * kBuffer);
      await(held.fill(cursor, 4 * kBuffer));
      EXPECT_EQ(held.length(), size);
    }
  }
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

TEST(HeldPart, ABrokenBodyGivesAllBack) {
  BufferPool pool{16 * kBuffer};
  ScriptedBody inner{std::string(2 * kBuffer, 'x'), 100'000};
  inner.fail_at(kBuffer + 7, Error{Reason::body_cut_off, "gone"});
  BodyCursor cursor{inner};
  {
    HeldPart held{await(pool.reserve(2 * kBuffer))};
    EXPECT_THROW(await(held.fill(cursor, 2 * kBuffer)), Error);
  }
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

}  // namespace
}  // namespace longshore
