#include "tests/sim/many.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

namespace longshore::sim {

Tally run_histories(std::uint64_t first, std::uint64_t last, unsigned threads, std::size_t failures_max) {
  const auto start = std::chrono::steady_clock::now();
  Tally tally;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = first;
  std::atomic<bool> enough = false;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed <= last && !enough; seed = next++) {
      Outcome outcome = run_history(seed);
      const std::lock_guard lock(mutex);
      ++tally.histories;
      tally.steps += outcome.steps;
      if (outcome.violation) tally.failed.push_back(std::move(outcome));
      if (tally.failed.size() >= failures_max) enough = true;
    }
  };
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> pool;
  for (unsigned i = 1; i < threads; ++i) pool.emplace_back(work);
  work();
  pool.clear();
  std::ranges::sort(tally.failed, {}, &Outcome::seed);
  tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return tally;
}

std::string in_words(const Tally& tally) {
  char text[200];
  std::snprintf(
      text, sizeof text, "%llu histories in %.1f s: %.0f a second, %.0f steps each; %zu failed",
      static_cast<unsigned long long>(tally.histories), tally.seconds,
      static_cast<double>(tally.histories) / tally.seconds,
      static_cast<double>(tally.steps) / static_cast<double>(std::max<std::uint64_t>(1, tally.histories)),
      tally.failed.size());
  return text;
}

std::string tell_history(std::uint64_t seed) {
  std::string text;
  run_history(seed, [&](const std::string& line) { text += line + "\n"; });
  return text;
}

}  // namespace longshore::sim
