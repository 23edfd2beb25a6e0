#pragma once

#include <string>
#include <vector>

#include "ports/body_source.h"
#include "redis/reply.h"
#include "redis/script.h"

namespace longshore::redis {

/// One run of a script.
struct Call {
  const Script* script = nullptr;  // lives for ever
  std::vector<std::string> keys;   // not empty; of one slot
  std::vector<std::string> arguments;
};

/// Runs scripts where their keys are. Thread-safe.
class ScriptRunner {
 public:
  ScriptRunner() = default;
  ScriptRunner(const ScriptRunner&) = delete;
  ScriptRunner& operator=(const ScriptRunner&) = delete;
  virtual ~ScriptRunner() = default;

  /// Each call's reply, which is no error, in the order asked; all are sent at once, and sent again where
  /// that does no harm (Script::effect). Throws Error(state_unavailable) if one has none: Outcome::unknown
  /// where a script that changes something may have run, or has run in part; retry where it has not; refused
  /// where it will not. Not cancelled: it ends within the time limit.
  virtual Task<std::vector<Reply>> run(std::vector<Call> calls) = 0;
};

}  // namespace longshore::redis
