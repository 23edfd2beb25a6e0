#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace longshore::postgres {

using Deadline = std::chrono::steady_clock::time_point;

/// Cuts connections whose time is over: whoever blocks in a call of libpq then gets an error, also where the
/// server holds the connection and says nothing more. One thread for all. Thread-safe; outlives its watches.
class Watchdog {
 public:
  Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// As long as this is there, the socket is shut down at its deadline. It must stay open meanwhile.
  class Watch {
   public:
    Watch(Watchdog& dog, int socket, Deadline deadline);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    Watchdog& dog_;
    std::multimap<Deadline, int>::iterator place_;
  };

 private:
  void guard();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Deadline, int> watched_;  // sockets; -1: cut already
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace longshore::postgres
