#include "s3/expect_habit.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

constexpr Time kNow{std::chrono::hours{1000}};

TEST(ExpectHabit, StopsAskingWhoNeverAnswers) {
  ExpectHabit habit(ExpectContinue::automatic);
  for (int i = 0; i < ExpectHabit::kSilencesMax; ++i) {
    EXPECT_TRUE(habit.asks(kNow));
    habit.asked(true, kNow);
  }
  EXPECT_FALSE(habit.asks(kNow));
  EXPECT_FALSE(habit.asks(kNow + ExpectHabit::kNotForNow - Millis{1}));
  EXPECT_TRUE(habit.asks(kNow + ExpectHabit::kNotForNow));
}

TEST(ExpectHabit, AWordInBetweenIsAWord) {
  ExpectHabit habit(ExpectContinue::automatic);
  for (int i = 0; i < 10; ++i) {
    habit.asked(true, kNow);
    habit.asked(true, kNow);
    habit.asked(false, kNow);
  }
  EXPECT_TRUE(habit.asks(kNow));
}

TEST(ExpectHabit, WhoDoesNotUnderstandIsNotAsked) {
  ExpectHabit habit(ExpectContinue::automatic);
  habit.not_understood(kNow);
  EXPECT_FALSE(habit.asks(kNow));
}

TEST(ExpectHabit, WhatIsToldIsDone) {
  ExpectHabit on(ExpectContinue::on);
  for (int i = 0; i < 10; ++i) on.asked(true, kNow);
  EXPECT_TRUE(on.asks(kNow));
  EXPECT_FALSE(ExpectHabit(ExpectContinue::off).asks(kNow));
}

TEST(ExpectHabit, AlsoWhoIsToldToAskDoesNotAskWhoRefusesTheQuestion) {
  ExpectHabit on(ExpectContinue::on);
  on.not_understood(kNow);
  EXPECT_FALSE(on.asks(kNow));
  EXPECT_TRUE(on.asks(kNow + ExpectHabit::kNotForNow));
}

}  // namespace
}  // namespace longshore::s3
