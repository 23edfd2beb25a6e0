#pragma once

#include <cstdint>
#include <span>

namespace longshore {

/// Where randomness comes from: ids, tokens, jitter. Handed in from outside, so that the simulation steers
/// it. Thread-safe.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual void fill(std::span<std::uint8_t> out) = 0;

  /// Uniform in [0, bound); 0 for bound 0.
  std::uint64_t below(std::uint64_t bound);
};

/// The kernel's generator (getrandom(2)), fit for tokens and keys.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace longshore
