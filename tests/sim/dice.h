#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace longshore::sim {

/// All chance in a history comes from dice, and every pair of dice from the seed: the same seed is the same
/// history. (SplitMix64: a history draws thousands of numbers, and the standard generators cost more to seed
/// than to use.)
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  /// Uniform in [0, bound); 0 for bound 0. (The bias of % is of no importance here.)
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : roll() % bound; }
  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
  }
  Millis between(Millis low, Millis high) { return Millis{between(low.count(), high.count())}; }
  bool chance(double probability) { return static_cast<double>(roll() >> 11U) * 0x1.0p-53 < probability; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  template <class T>
  T& one_of(std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

  /// Dice of their own for one part of the world, so that what one part draws does not move the others.
  Dice branch() { return Dice(roll()); }

 private:
  std::uint64_t state_;
};

/// What the servers take for randomness.
class SimRandom final : public Random {
 public:
  explicit SimRandom(Dice dice) : dice_(dice) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(dice_.roll());
  }

 private:
  Dice dice_;
};

}  // namespace longshore::sim
