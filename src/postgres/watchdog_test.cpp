#include "postgres/watchdog.h"

#include <array>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "base/file.h"

namespace longshore::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Sockets {
  Sockets() {
    std::array<int, 2> both{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()), 0);
    ours = Fd(both[0]);
    theirs = Fd(both[1]);
  }
  /// Blocks until something comes, or the end.
  [[nodiscard]] ssize_t receive() const {
    char byte = 0;
    return ::recv(ours.get(), &byte, 1, 0);
  }
  Fd ours;
  Fd theirs;
};

TEST(Watchdog, CutsWhatWaitsLongerThanItMay) {
  Watchdog dog;
  const Sockets patient;
  const Sockets impatient;
  const auto begun = steady_clock::now();
  const Watchdog::Watch later(dog, patient.ours.get(), begun + std::chrono::minutes{1});
  const Watchdog::Watch sooner(dog, impatient.ours.get(), begun + milliseconds{30});
  EXPECT_EQ(impatient.receive(), 0);
  EXPECT_GE(steady_clock::now() - begun, milliseconds{30});
  EXPECT_EQ(::send(patient.theirs.get(), "x", 1, 0), 1);
  EXPECT_EQ(patient.receive(), 1);
}

TEST(Watchdog, LeavesAloneWhatEndsInTime) {
  Watchdog dog;
  const Sockets sockets;
  {
    const Watchdog::Watch watch(dog, sockets.ours.get(), steady_clock::now() + milliseconds{20});
  }
  const Sockets other;
  const Watchdog::Watch watch(dog, other.ours.get(), steady_clock::now() + milliseconds{40});
  EXPECT_EQ(other.receive(), 0) << "by now the first one's time is over";
  EXPECT_EQ(::send(sockets.theirs.get(), "x", 1, 0), 1);
  EXPECT_EQ(sockets.receive(), 1);
}

}  // namespace
}  // namespace longshore::postgres
