#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "domain/error.h"
#include "redis/reply.h"
#include "redis/script_runner.h"

namespace longshore::redis {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Who waits for a call's end. Told once.
class Waiting {
 public:
  Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  virtual ~Waiting() = default;
  virtual void replied(std::size_t place, Reply reply) = 0;
  virtual void failed(std::size_t place, const Error& error) = 0;
};

/// A call from its acceptance to its end, however often it is sent. Owned by where it is at the moment.
struct Pending {
  Call call;
  SteadyTime deadline;
  std::shared_ptr<Waiting> waiting;
  std::size_t place = 0;    // among those that were asked together
  std::size_t bytes = 0;    // about what it takes
  bool by_text = false;     // the server does not know the script's name
  bool asking = false;      // sent to a node that does not have the slot yet
  bool maybe_done = false;  // an answer to it was lost
  int redirects = 0;        // since it last waited
  int waits = 0;            // how often it was kept back
  SteadyTime not_before;    // kept back until then
  std::string problem;      // what it last met with
};
using PendingPtr = std::unique_ptr<Pending>;

/// Appends the command, or the two, that it is sent as.
void append_call(std::string& out, const Pending& pending);

}  // namespace longshore::redis
