#include "postgres/bell.h"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include <pqxx/notification>

#include "domain/error.h"
#include "postgres/failure.h"

namespace longshore::postgres {
namespace {

using std::chrono::steady_clock;

// A connection on which nothing was said for so long is asked whether it is still there.
constexpr Millis kUnasked{15'000};
constexpr Millis kPauseLeast{50};
constexpr Millis kPauseMost{3000};
constexpr int kDoublingsMax = 6;

class Listener final : public pqxx::notification_receiver {
 public:
  Listener(pqxx::connection& connection, const std::string& channel, const std::function<void()>& heard)
      : pqxx::notification_receiver(connection, channel), heard_(heard) {}
  void operator()(const std::string& /*payload*/, int /*process*/) override { heard_(); }

 private:
  const std::function<void()>& heard_;
};

}  // namespace

Bell::Bell(Options options, std::string channel, Watchdog& watchdog, Random& random, Log log,
           std::function<void()> heard)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      watchdog_(watchdog),
      random_(random),
      log_(std::move(log)),
      heard_(std::move(heard)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { live(); }) {}

Bell::~Bell() {
  stopping_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Bell::ring() {
  rung_ = true;
  ::eventfd_write(wake_.get(), 1);
}

void Bell::live() {
  for (int tries = 0; !stopping_; ++tries) {
    try {
      Connection connection(options_, watchdog_, steady_clock::now() + options_.timeout);
      const Listener listener(connection.libpqxx(), channel_, heard_);
      heard_();  // what was told while nobody listened
      if (!std::exchange(was_there_, true)) log_.info("the database announces events again");
      tries = 0;
      serve(connection);
    } catch (const pqxx::failure& error) {
      if (!stopping_ && std::exchange(was_there_, false))
        log_.warn("the database announces no events; they are looked for now and then",
                  {{"error", judge(error).message}});
      wait(-1, pause_after(tries));
    }
  }
}

void Bell::serve(Connection& connection) {
  while (!stopping_) {
    const Deadline asked_at = steady_clock::now();
    wait(connection.socket(), kUnasked);
    const Deadline deadline = steady_clock::now() + options_.timeout;
    if (rung_.exchange(false)) {
      connection.read(deadline,
                      [this](Session& session) { session.query("SELECT pg_notify($1, '')", channel_); });
    } else if (steady_clock::now() - asked_at >= kUnasked) {
      connection.read(deadline, [](Session& session) { session.query("SELECT 1"); });
    }
    connection.libpqxx().get_notifs();
    if (!connection.is_there()) throw pqxx::broken_connection("the connection was closed");
  }
}

void Bell::wait(int socket, Millis limit) const {
  std::array<pollfd, 2> watched{{{wake_.get(), POLLIN, 0}, {socket, POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), static_cast<int>(limit.count()));
  eventfd_t rings = 0;
  ::eventfd_read(wake_.get(), &rings);
}

Millis Bell::pause_after(int tries) const {
  const Millis step = std::min(kPauseMost, kPauseLeast * (1 << std::min(tries, kDoublingsMax)));
  return step / 2 +
         Millis{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(step.count() / 2) + 1))};
}

}  // namespace longshore::postgres
