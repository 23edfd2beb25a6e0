#include "relay/spare_bytes.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/await.h"

namespace longshore {
namespace {

constexpr auto kOne = static_cast<std::int64_t>(BufferPool::kBufferBytes);

std::string letters(std::size_t count) {
  std::string text(count, 'a');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

std::string read_all(const SpareBytes& kept, std::size_t at_once) {
  std::string text;
  std::string room(at_once, '\0');
  while (const auto count = kept.read(std::ssize(text), std::as_writable_bytes(std::span(room)))) {
    if (*count == 0) return text;
    text += room.substr(0, *count);
  }
  return "given up";
}

TEST(SpareBytes, ComeBackAsTheyWere) {
  BufferPool pool(8 * kOne);
  const std::string text = letters(2 * BufferPool::kBufferBytes + 5);
  for (const std::size_t piece : {std::size_t{1000}, BufferPool::kBufferBytes, text.size()}) {
    SpareBytes kept(pool);
    for (std::size_t i = 0; i < text.size(); i += piece)
      kept.append(as_bytes(text).subspan(i, std::min(piece, text.size() - i)));
    ASSERT_TRUE(kept.is_whole());
    EXPECT_EQ(kept.size(), std::ssize(text));
    EXPECT_EQ(read_all(kept, 70'000), text);
    EXPECT_EQ(read_all(kept, BufferPool::kBufferBytes), text);
    EXPECT_EQ(pool.spare_bytes(), 3 * kOne);
  }
  EXPECT_EQ(pool.spare_bytes(), 0);
}

TEST(SpareBytes, NothingIsKeptBeyondTheBudget) {
  BufferPool pool(4 * kOne);
  const BufferPool::Buffer taken = pool.try_acquire();
  SpareBytes kept(pool);
  kept.append(as_bytes(letters(3 * BufferPool::kBufferBytes)));
  EXPECT_TRUE(kept.is_whole());
  kept.append(as_bytes("x"));
  EXPECT_FALSE(kept.is_whole());
  EXPECT_EQ(pool.spare_bytes(), 0) << "a part of it is of no use";
  kept.append(as_bytes("y"));
  EXPECT_EQ(read_all(kept, 10), "given up");
}

TEST(SpareBytes, GoBeforeAnybodyWaits) {
  BufferPool pool(4 * kOne);
  SpareBytes older(pool);
  SpareBytes newer(pool);
  older.append(as_bytes("a"));
  newer.append(as_bytes(letters(2 * BufferPool::kBufferBytes)));
  const BufferPool::Buffer first = await(pool.acquire());
  EXPECT_TRUE(older.is_whole()) << "there was room";
  const BufferPool::Buffer second = await(pool.acquire());
  EXPECT_FALSE(older.is_whole());
  EXPECT_TRUE(newer.is_whole()) << "the oldest goes first";
  const BufferPool::Reservation room = await(pool.reserve(2 * kOne));
  EXPECT_TRUE(room);
  EXPECT_FALSE(newer.is_whole());
  EXPECT_EQ(pool.in_use_bytes(), 4 * kOne);
}

TEST(SpareBytes, GoBeforeAnybodyIsRefused) {
  BufferPool pool(4 * kOne);
  SpareBytes kept(pool);
  kept.append(as_bytes(letters(4 * BufferPool::kBufferBytes)));
  EXPECT_TRUE(pool.try_acquire());
  EXPECT_FALSE(kept.is_whole());
  SpareBytes again(pool);
  again.append(as_bytes(letters(4 * BufferPool::kBufferBytes)));
  EXPECT_TRUE(pool.set_aside(2 * kOne));
  EXPECT_FALSE(again.is_whole());
}

TEST(SpareBytes, ThoseThatHaveGoneGiveUpNothing) {
  BufferPool pool(2 * kOne);
  {
    const SpareBytes gone(pool);
  }
  SpareBytes kept(pool);
  kept.append(as_bytes(letters(2 * BufferPool::kBufferBytes)));
  EXPECT_TRUE(pool.try_acquire());
  EXPECT_FALSE(kept.is_whole());
}

TEST(SpareBytesThreads, AreTakenAwayWhileTheyAreWrittenAndRead) {
  BufferPool pool(4 * kOne);
  const std::string text = letters(3 * BufferPool::kBufferBytes);
  std::atomic<bool> done{false};
  std::thread needy([&] {
    for (int round = 0; !done; ++round) {
      for (int i = 0; i < round % 500; ++i) std::this_thread::yield();
      const BufferPool::Buffer one = pool.try_acquire();
      const BufferPool::Reservation more = pool.set_aside(kOne);
      EXPECT_TRUE(one);
      EXPECT_TRUE(more);
    }
  });
  for (int i = 0; i < 300; ++i) {
    SpareBytes kept(pool);
    for (std::size_t at = 0; at < text.size(); at += 100'000)
      kept.append(as_bytes(text).subspan(at, std::min<std::size_t>(100'000, text.size() - at)));
    const std::string found = read_all(kept, 200'000);
    EXPECT_TRUE(found == text || found == "given up");
  }
  done = true;
  needy.join();
  EXPECT_EQ(pool.in_use_bytes(), 0);
  EXPECT_EQ(pool.spare_bytes(), 0);
}

TEST(SpareBytesThreads, AreFoundWhileOthersTakeThemAwayAndWhileTheirOwnerGoes) {
  constexpr int kNeedy = 3;  // who together need no more than there is
  BufferPool pool(kNeedy * kOne);
  std::atomic<int> keepers{2};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < kNeedy; ++n) {
    threads.emplace_back([&] {
      while (keepers > 0)
        if (!pool.set_aside(kOne)) ++refused;
    });
  }
  for (int n = keepers; n > 0; --n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        SpareBytes one(pool);
        SpareBytes other(pool);
        one.append(as_bytes("a"));
        other.append(as_bytes("b"));
      }
      --keepers;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(pool.in_use_bytes(), 0);
  EXPECT_EQ(pool.spare_bytes(), 0);
}

}  // namespace
}  // namespace longshore
