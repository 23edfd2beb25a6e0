#include "tests/sim/scheduler.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "net/race.h"

namespace longshore::sim {
namespace {

namespace asio = boost::asio;

constexpr Time kNever = Time::max();

asio::awaitable<void> note_after(Timers& timers, Millis delay, std::string what, std::string& notes) {
  co_await timers.sleep_for(delay);
  notes += what;
}

void spawn(Process& process, asio::awaitable<void> work) {
  asio::co_spawn(process.executor(), std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

TEST(Scheduler, RunsInTheOrderOfTime) {
  std::string notes;
  Scheduler scheduler{Dice(1)};
  SimTimers timers(scheduler);
  Process& world = scheduler.add_process("world");
  spawn(world, note_after(timers, Millis{2000}, "b", notes));
  spawn(world, note_after(timers, Millis{1000}, "a", notes));
  const Time start = scheduler.now();
  while (scheduler.step(kNever)) {
  }
  EXPECT_EQ(notes, "ab");
  EXPECT_EQ(scheduler.now() - start, Millis{2000});
}

TEST(Scheduler, SameSeedSameOrder) {
  const auto run = [](std::uint64_t seed) {
    std::string notes;
    Scheduler scheduler{Dice(seed)};
    SimTimers timers(scheduler);
    Process& world = scheduler.add_process("world");
    for (const char* what : {"a", "b", "c", "d", "e", "f"}) {
      spawn(world, note_after(timers, Millis{10}, what, notes));
    }
    while (scheduler.step(kNever)) {
    }
    return notes;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(Scheduler, TheDeadDoNothingMore) {
  std::string notes;
  Scheduler scheduler{Dice(1)};
  SimTimers timers(scheduler);
  Process& server = scheduler.add_process("server");
  spawn(server, note_after(timers, Millis{10}, "x", notes));
  while (scheduler.step(scheduler.now() + Millis{5})) {
  }
  server.kill();
  while (scheduler.step(kNever)) {
  }
  EXPECT_EQ(notes, "");
}

TEST(Scheduler, TheFrozenGoOnLater) {
  std::string notes;
  Scheduler scheduler{Dice(1)};
  SimTimers timers(scheduler);
  Process& world = scheduler.add_process("world");
  Process& server = scheduler.add_process("server");
  spawn(server, note_after(timers, Millis{10}, "x", notes));
  spawn(world, note_after(timers, Millis{20}, "y", notes));
  server.freeze();
  while (scheduler.step(kNever)) {
  }
  EXPECT_EQ(notes, "y");
  server.thaw();
  while (scheduler.step(kNever)) {
  }
  EXPECT_EQ(notes, "yx");
}

asio::awaitable<void> give_up_waiting(Timers& timers, std::string& notes) {
  const bool in_time = co_await ends_within(timers, Millis{100},
                                            note_after(timers, Millis{60'000}, "late", notes));
  notes += in_time ? "in time" : "given up";
}

TEST(Scheduler, DeadlinesCancel) {
  std::string notes;
  Scheduler scheduler{Dice(1)};
  SimTimers timers(scheduler);
  Process& world = scheduler.add_process("world");
  spawn(world, give_up_waiting(timers, notes));
  const Time start = scheduler.now();
  while (scheduler.step(kNever)) {
  }
  EXPECT_EQ(notes, "given up");
  EXPECT_EQ(scheduler.now() - start, Millis{100});
}

TEST(Scheduler, DropsWhatIsUnfinished) {
  std::string notes;
  Scheduler scheduler{Dice(1)};
  SimTimers timers(scheduler);
  Process& world = scheduler.add_process("world");
  spawn(world, give_up_waiting(timers, notes));
  spawn(world, note_after(timers, Millis{60'000}, "x", notes));
  for (int i = 0; i < 5; ++i) scheduler.step(scheduler.now());
  scheduler.drop_everything();
  EXPECT_FALSE(scheduler.step(kNever));
  EXPECT_EQ(notes, "");
}

}  // namespace
}  // namespace longshore::sim
