#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "obs/log.h"
#include "postgres/connection.h"

namespace longshore::postgres {

/// Tells all servers of a database that something new is there (LISTEN, NOTIFY), on a connection and a thread
/// of its own. Outside of the transactions that made it new: one that notifies holds a lock of the whole
/// database while it is flushed. Nobody may rely on it: while there is no connection nothing is told, and a
/// server that dies after its commit has told nobody.
class Bell {
 public:
  /// `heard` is called on the bell's thread, at each ring of whichever server, and when it listens again
  /// after it did not. It must not throw. `watchdog`, `random` outlive the bell.
  Bell(Options options, std::string channel, Watchdog& watchdog, Random& random, Log log,
       std::function<void()> heard);
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();

  /// From any thread; does not wait. Rings that come together may be heard as one.
  void ring();

 private:
  void live();
  void serve(Connection& connection);
  /// Until a ring of ours, a word of the server or the limit.
  void wait(int socket, Millis limit) const;
  [[nodiscard]] Millis pause_after(int tries) const;

  const Options options_;
  const std::string channel_;
  Watchdog& watchdog_;
  Random& random_;
  const Log log_;
  const std::function<void()> heard_;
  const Fd wake_;  // an eventfd
  std::atomic<bool> rung_ = false;
  std::atomic<bool> stopping_ = false;
  bool was_there_ = true;  // so that an outage is logged once
  std::thread thread_;
};

}  // namespace longshore::postgres
