#include "net/buffer_memory.h"

#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

constexpr std::size_t kBuffersMax = 8;

class BufferMemoryTest : public ::testing::Test {
 protected:
  void take_and_give_back(std::size_t buffers) {
    std::vector<std::byte*> taken;
    for (std::size_t i = 0; i < buffers; ++i) taken.push_back(memory_.take());
    for (std::byte* data : taken) memory_.give_back(data);
  }

  BufferMemory memory_{kBuffersMax};
};

TEST_F(BufferMemoryTest, WhatIsGivenBackIsTakenAgainTheWarmestFirst) {
  std::byte* first = memory_.take();
  std::byte* second = memory_.take();
  EXPECT_NE(first, second);
  memory_.give_back(first);
  memory_.give_back(second);
  EXPECT_EQ(memory_.take(), second);
  EXPECT_EQ(memory_.take(), first);
  memory_.give_back(first);
  memory_.give_back(second);
}

TEST_F(BufferMemoryTest, WhatWasNeededSinceTheLastTrimIsKept) {
  take_and_give_back(kBuffersMax);
  memory_.trim();
  EXPECT_EQ(memory_.idle(), kBuffersMax);
  take_and_give_back(3);
  memory_.trim();
  EXPECT_EQ(memory_.idle(), 3U);
  take_and_give_back(3);
  memory_.trim();
  EXPECT_EQ(memory_.idle(), 3U);
}

TEST_F(BufferMemoryTest, WhatNobodyNeedsGoesBackToTheKernel) {
  take_and_give_back(kBuffersMax);
  memory_.trim();
  memory_.trim();
  EXPECT_EQ(memory_.idle(), 0U);
  take_and_give_back(1);
  EXPECT_EQ(memory_.idle(), 1U);
}

}  // namespace
}  // namespace longshore
