#include "apps/longshore/progress.h"

#include <algorithm>
#include <cmath>

#include "apps/longshore/text.h"
#include "base/units.h"

namespace longshore::cli {

namespace {

constexpr Millis kWindow{10'000};
constexpr std::size_t kMaxSamples = 128;  // ten seconds at the quickest tick are 50
constexpr std::size_t kWidestBar = 40;
constexpr std::size_t kNarrowestBar = 8;  // below it a bar says nothing
constexpr std::size_t kShortestName = 12;
constexpr std::size_t kUsualNumbers = 58;  // " 100 %  999.9 MiB of 999.9 MiB  999.9 MiB/s  59m 59s left"
constexpr double kLongestForecast = 30.0 * 24 * 3600;  // seconds; beyond a month it is no forecast

double fraction(const ProgressView& view) {
  if (!view.total || *view.total <= 0) return view.total ? 1.0 : 0.0;
  return std::clamp(static_cast<double>(view.done) / static_cast<double>(*view.total), 0.0, 1.0);
}

/// Rounded down: 100 % only when all is done.
int percent(const ProgressView& view) { return static_cast<int>(std::floor(fraction(view) * 100)); }

std::string rate(const ProgressView& view) {
  return view.bytes_per_second ? format_size(std::llround(*view.bytes_per_second)) + "/s" : "";
}

std::string time_left(const ProgressView& view) {
  if (!view.total || view.done >= *view.total) return "";
  if (!view.bytes_per_second || *view.bytes_per_second < 1) return "";
  const double seconds = static_cast<double>(*view.total - view.done) / *view.bytes_per_second;
  if (seconds > kLongestForecast) return "";
  return format_duration(Millis{1000 * std::llround(std::ceil(seconds))}) + " left";
}

std::string amount(const ProgressView& view) {
  return view.total ? format_size(view.done) + " of " + format_size(*view.total) : format_size(view.done);
}

std::string bar(double part, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::floor(part * static_cast<double>(width)));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

/// What stands right of the name and the bar.
std::string numbers(const ProgressView& view) {
  std::string out;
  auto add = [&out](const std::string& word) {
    if (!word.empty()) out += (out.empty() ? "" : "  ") + word;
  };
  if (view.total) {
    std::string text = std::to_string(percent(view)) + " %";
    text.insert(0, text.size() < 5 ? 5 - text.size() : 0, ' ');
    add(text);
  }
  add(amount(view));
  if (view.waiting_for.empty()) {
    add(rate(view));
    add(time_left(view));
  } else {
    add(view.waiting_for);
  }
  return out;
}

}  // namespace

void RateMeter::sample(Millis now, std::int64_t bytes) {
  samples_.push_back({now, bytes});
  // One sample older than the window stays, so that the window is always covered.
  while (samples_.size() > 2 && (samples_[1].at <= now - kWindow || samples_.size() > kMaxSamples))
    samples_.pop_front();
}

std::optional<double> RateMeter::bytes_per_second() const {
  if (samples_.size() < 2) return std::nullopt;
  const auto millis = (samples_.back().at - samples_.front().at).count();
  if (millis <= 0) return std::nullopt;
  const auto bytes = std::max<std::int64_t>(samples_.back().bytes - samples_.front().bytes, 0);
  return static_cast<double>(bytes) * 1000 / static_cast<double>(millis);
}

std::string render_bar(const ProgressView& view, std::size_t width) {
  const std::string right = numbers(view);
  const std::size_t right_columns = columns(right);
  if (right_columns + 2 + kShortestName > width) return shortened(right, width);

  // Room for longer numbers than these, so that the bar does not change its length all the time.
  const std::size_t reserved = std::min(std::max(right_columns, kUsualNumbers), width - 2 - kShortestName);
  const std::size_t left = width - reserved - 2;  // for name, two blanks, bar
  const std::size_t name_columns = std::min(columns(view.name), std::max(kShortestName, left / 2));
  std::string out = shortened(view.name, name_columns);
  const std::size_t for_bar = left - columns(out);
  if (view.total && for_bar >= 2 + 2 + kNarrowestBar) {
    out += "  " + bar(fraction(view), std::min(for_bar - 4, kWidestBar));
  }
  return out + "  " + right;
}

std::string render_line(const ProgressView& view) {
  std::string right = numbers(view);
  right.erase(0, right.find_first_not_of(' '));
  return view.name + ": " + right;
}

}  // namespace longshore::cli
