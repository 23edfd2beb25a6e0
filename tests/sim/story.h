#pragma once

#include <functional>
#include <sstream>
#include <string>

#include "base/clock.h"

namespace longshore::sim {

/// The history in words, one line an occurrence: told only where somebody listens, since words cost more than
/// the rest.
class Story {
 public:
  using Listener = std::function<void(const std::string& line)>;

  Story(const Clock& clock, Listener listener)
      : clock_(clock), start_(clock.now()), listener_(std::move(listener)) {}

  [[nodiscard]] bool is_told() const { return static_cast<bool>(listener_); }

  template <class... Words>
  void tell(const std::string& who, const Words&... words) const {
    if (!listener_) return;
    std::ostringstream line;
    const auto ms = (clock_.now() - start_).count();
    line << "[" << ms / 1000 << "." << (ms / 100) % 10 << (ms / 10) % 10 << ms % 10 << "] " << who << ": ";
    (line << ... << words);
    listener_(line.str());
  }

 private:
  const Clock& clock_;
  Time start_;
  Listener listener_;
};

}  // namespace longshore::sim
