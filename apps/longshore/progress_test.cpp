#include "apps/longshore/progress.h"

#include <gtest/gtest.h>

#include "apps/longshore/text.h"

namespace longshore::cli {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

ProgressView half_way() {
  return {.name = "film.mkv", .done = 512 * kMiB, .total = 1024 * kMiB, .bytes_per_second = 64.0 * kMiB};
}

TEST(RateMeter, NeedsTwoSamples) {
  RateMeter meter;
  EXPECT_FALSE(meter.bytes_per_second());
  meter.sample(Millis{0}, 0);
  EXPECT_FALSE(meter.bytes_per_second());
  meter.sample(Millis{0}, 5);
  EXPECT_FALSE(meter.bytes_per_second());
  meter.sample(Millis{500}, 1000);
  EXPECT_DOUBLE_EQ(*meter.bytes_per_second(), 2000);
}

TEST(RateMeter, ForgetsWhatIsTenSecondsOld) {
  RateMeter meter;
  std::int64_t bytes = 0;
  for (int second = 0; second <= 60; ++second) {
    meter.sample(Millis{second * 1000}, bytes);
    bytes += second < 40 ? 1000 : 10;
  }
  EXPECT_NEAR(*meter.bytes_per_second(), 10, 0.01);
}

TEST(RateMeter, IsNeverNegative) {
  RateMeter meter;
  meter.sample(Millis{0}, 1000);
  meter.sample(Millis{1000}, 0);  // a part begun again
  EXPECT_DOUBLE_EQ(*meter.bytes_per_second(), 0);
}

TEST(RenderBar, ShowsAllWhereThereIsRoom) {
  EXPECT_EQ(render_bar(half_way(), 100),
            "film.mkv  [##############..............]   50 %  512 MiB of 1 GiB  64 MiB/s  8 s left");
}

TEST(RenderBar, KeepsTheLengthOfItsBar) {
  ProgressView view = half_way();
  const std::size_t end = render_bar(view, 100).find(']');
  for (view.done = 0; view.done <= *view.total; view.done += 50 * kMiB + 12'345) {
    EXPECT_EQ(render_bar(view, 100).find(']'), end) << view.done;
  }
}

TEST(RenderBar, NeverExceedsTheWidth) {
  ProgressView view = half_way();
  view.name = "a very long name of a film that somebody made in the äöü of the year.mkv";
  for (std::size_t width = 1; width < 200; ++width)
    EXPECT_LE(columns(render_bar(view, width)), width) << width;
}

TEST(RenderBar, LeavesOutTheBarFirst) {
  EXPECT_EQ(render_bar(half_way(), 62), "film.mkv   50 %  512 MiB of 1 GiB  64 MiB/s  8 s left");
}

TEST(RenderBar, TellsWhatItWaitsFor) {
  ProgressView view = half_way();
  view.waiting_for = "waiting for the server";
  EXPECT_EQ(render_bar(view, 80), "film.mkv  [####....]   50 %  512 MiB of 1 GiB  waiting for the server");
}

TEST(RenderBar, NeverSaysAllBeforeAllIsDone) {
  ProgressView view = half_way();
  view.done = 1024 * kMiB - 1;
  EXPECT_NE(render_bar(view, 100).find(" 99 %"), std::string::npos);
  view.done = 1024 * kMiB;
  EXPECT_NE(render_bar(view, 100).find("100 %"), std::string::npos);
}

TEST(RenderLine, IsOneSentence) {
  EXPECT_EQ(render_line(half_way()), "film.mkv: 50 %  512 MiB of 1 GiB  64 MiB/s  8 s left");
  EXPECT_EQ(render_line({.name = "-", .done = 3 * kMiB}), "-: 3 MiB");
  EXPECT_EQ(render_line({.name = "empty", .done = 0, .total = 0}), "empty: 100 %  0 B of 0 B");
}

}  // namespace
}  // namespace longshore::cli
