// sim: runs histories of the simulation. See docs/simulation.md.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/sim/many.h"

namespace longshore::sim {
namespace {

constexpr const char* kUsage =
    "usage: sim --seed N [--trace]      one history; --trace prints all that happens\n"
    "       sim --seeds A..B [--threads N]   many, and how many a second; the first that fails is told\n";

bool parse(std::string_view text, std::uint64_t& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

int run_one(std::uint64_t seed, bool trace) {
  Story::Listener listener;
  if (trace) std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // whole, even if the program dies
  if (trace) listener = [](const std::string& line) { std::puts(line.c_str()); };
  const Outcome outcome = run_history(seed, std::move(listener));
  std::printf("seed %llu: %s (%llu steps, %lld s of simulated time)\n", static_cast<unsigned long long>(seed),
              outcome.violation ? outcome.violation->c_str() : "all invariants held",
              static_cast<unsigned long long>(outcome.steps),
              static_cast<long long>(outcome.simulated_ms / 1000));
  return outcome.violation ? 1 : 0;
}

int run_many(std::uint64_t first, std::uint64_t last, unsigned threads) {
  const Tally tally = run_histories(first, last, threads);
  std::printf("%s\n", in_words(tally).c_str());
  for (const Outcome& failed : tally.failed) {
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(failed.seed), failed.violation->c_str());
  }
  return tally.failed.empty() ? 0 : 1;
}

int run(int argc, char** argv) {
  std::uint64_t first = 0, last = 0, threads = 0;
  bool one = false, many = false, trace = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--trace") {
      trace = true;
    } else if (option == "--seed" && parse(value, first)) {
      one = true;
      ++i;
    } else if (option == "--threads" && parse(value, threads)) {
      ++i;
    } else if (const auto dots = value.find(".."); option == "--seeds" && dots != std::string_view::npos &&
                                                   parse(value.substr(0, dots), first) &&
                                                   parse(value.substr(dots + 2), last)) {
      many = true;
      ++i;
    } else {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  if (one) return run_one(first, trace);
  if (many) return run_many(first, last, static_cast<unsigned>(threads));
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace
}  // namespace longshore::sim

int main(int argc, char** argv) { return longshore::sim::run(argc, argv); }
