#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"

namespace longshore::cli {

/// The rate of the last ten seconds: steady enough to read, quick enough to show a stall. Pure: time is an
/// argument.
class RateMeter {
 public:
  /// `bytes` done in all at `now`; call it at each tick. A retry may take bytes back: the rate is then 0 at
  /// least.
  void sample(Millis now, std::int64_t bytes);
  /// nullopt before there are two samples.
  [[nodiscard]] std::optional<double> bytes_per_second() const;

 private:
  struct Sample {
    Millis at;
    std::int64_t bytes;
  };
  std::deque<Sample> samples_;
};

/// What there is to tell of a transfer at one moment.
struct ProgressView {
  std::string name;                   // printable
  std::int64_t done = 0;              // bytes
  std::optional<std::int64_t> total;  // nullopt: not known (standard input)
  std::optional<double> bytes_per_second;
  std::string waiting_for;  // printable; not empty while nothing moves because the server is away
};

/// One line of at most `width` columns, to be drawn over again: name, bar, percent, bytes, rate, time left.
/// What does not fit is left out, the bar first.
std::string render_bar(const ProgressView& view, std::size_t width);

/// The same as a line of a log.
std::string render_line(const ProgressView& view);

}  // namespace longshore::cli
