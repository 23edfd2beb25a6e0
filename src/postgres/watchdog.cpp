#include "postgres/watchdog.h"

#include <sys/socket.h>

namespace longshore::postgres {

Watchdog::Watchdog() : thread_([this] { guard(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Watchdog::Watch::Watch(Watchdog& dog, int socket, Deadline deadline) : dog_(dog) {
  bool is_first = false;
  {
    const std::lock_guard lock(dog_.mutex_);
    place_ = dog_.watched_.emplace(deadline, socket);
    is_first = place_ == dog_.watched_.begin();
  }
  if (is_first) dog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.erase(place_);
}

void Watchdog::guard() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Deadline now = std::chrono::steady_clock::now();
    auto next = watched_.begin();
    for (; next != watched_.end() && next->first <= now; ++next) {
      if (next->second >= 0) ::shutdown(next->second, SHUT_RDWR);
      next->second = -1;
    }
    if (next == watched_.end())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, Deadline(next->first));
  }
}

}  // namespace longshore::postgres
