#include "tests/sim/link.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace longshore::sim {

using fakes::CallSite;
using fakes::Fate;

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis kLatencyMax{20};
constexpr Millis kSlowMax = seconds{15};
constexpr Millis kHangMin = seconds{20};
constexpr Millis kHangMax = seconds{90};
constexpr Millis kLongHangMin = minutes{14};  // of completions: about as long as an answer is awaited, and
constexpr Millis kLongHangMax = minutes{25};  // beyond
constexpr Millis kTimeoutMax = seconds{10};   // after which a lost answer is given up
constexpr std::int64_t kBodyBytesMax = 16;    // where a body may break off
constexpr double kOftenAtCompletion = 3;      // few of all calls are completions, and most goes wrong there

Error internal_error() {
  return Error(Reason::store_unavailable, "the store answers InternalError",
               ErrorDetails{.store_code = "InternalError", .retry_after = seconds{1}}, Outcome::unknown);
}

Error failure(const CallSite& site, Outcome outcome) {
  const std::string what = std::string(site.port) + " " + std::string(site.call);
  if (outcome == Outcome::refused) {
    return Error(Reason::store_refused, what + " refused", ErrorDetails{.store_code = "AccessDenied"},
                 outcome);
  }
  return unavailable(site.unavailable, what + " failed", outcome);
}

}  // namespace

void start(Process& process, Task<void> work) {
  boost::asio::co_spawn(process.executor(), std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

void SimLink::spawn_in_world(Task<void> work) { start(world_.nature, std::move(work)); }

void SimLink::break_off() {
  for (const auto& action : std::exchange(on_death_, {})) action();
}

const PortFaults& SimLink::faults_of(const CallSite& site) const {
  if (site.port == "catalog") return world_.profile.catalog;
  if (site.port == "sessions") return world_.profile.sessions;
  if (site.port == "store") return world_.profile.store;
  return world_.profile.events;
}

Fate SimLink::fate_of(const CallSite& site) {
  Fate fate;
  // Half of the calls take no time at all: what is then ready at once runs in any order.
  const Millis latency_max = world_.calm ? kLatencyMax : std::max(kLatencyMax, faults_of(site).latency_max);
  if (dice_.chance(0.5)) fate.effect_after = dice_.between(Millis{0}, latency_max);
  if (dice_.chance(0.5)) fate.answer_after = dice_.between(Millis{0}, latency_max);
  if (world_.calm) return fate;
  if (site.port == "store" && world_.outage != Outage::none)
    outage(fate, site);
  else
    trouble(fate, site);
  return fate;
}

void SimLink::outage(Fate& fate, const CallSite& site) {
  fate.effect = false;
  switch (world_.outage) {
    case Outage::none:
      break;
    case Outage::away:
      fate.answer_after = dice_.between(Millis{0}, kTimeoutMax);
      fate.failure = failure(site, Outcome::unknown);
      break;
    case Outage::throttled:
      fate.before_body = true;
      fate.failure = failure(site, Outcome::retry);
      break;
    case Outage::forbidden:
      fate.failure = failure(site, Outcome::refused);
      break;
  }
}

void SimLink::trouble(Fate& fate, const CallSite& site) {
  const PortFaults& faults = faults_of(site);
  const double often = site.call == "complete_upload" ? kOftenAtCompletion : 1;
  const auto strikes = [&](double fault) { return dice_.chance(often * fault); };
  if (strikes(faults.deadly)) {
    fate.death = dice_.one_of({Fate::Death::before_effect, Fate::Death::after_effect});
    fate.effect = fate.death == Fate::Death::after_effect || dice_.chance(0.5);
    if (dice_.chance(0.3)) fate.effect_after = dice_.between(Millis{0}, faults.late_max);
    return;
  }
  if (strikes(faults.refused_later)) {
    fate.effect = false;
    fate.failure = failure(site, Outcome::retry);
    return;
  }
  if (strikes(faults.refused)) {
    fate.effect = false;
    fate.failure = failure(site, Outcome::refused);
    return;
  }
  if (strikes(faults.request_lost)) {
    fate.effect = false;
    fate.answer_after = dice_.between(Millis{0}, kTimeoutMax);
    fate.failure = failure(site, Outcome::unknown);
    return;
  }
  if (strikes(faults.answer_lost)) {
    fate.answer_after = dice_.between(fate.effect_after, kTimeoutMax);
    fate.failure = failure(site, Outcome::unknown);
    return;
  }
  if (strikes(faults.late)) {
    fate.effect_after = dice_.between(Millis{0}, faults.late_max);
    fate.answer_after = dice_.between(Millis{0}, std::min(fate.effect_after, kTimeoutMax));
    fate.failure = failure(site, Outcome::unknown);
    return;
  }
  if (strikes(faults.hangs)) {
    fate.effect = dice_.chance(0.5);
    const bool for_long = site.call == "complete_upload" && dice_.chance(0.5);
    fate.answer_after = for_long ? dice_.between(kLongHangMin, kLongHangMax)
                                 : dice_.between(kHangMin, kHangMax);
    fate.failure = failure(site, Outcome::unknown);
    return;
  }
  if (strikes(faults.slow)) {
    (dice_.chance(0.5) ? fate.effect_after : fate.answer_after) = dice_.between(Millis{0}, kSlowMax);
    return;
  }
  if (strikes(faults.throttled)) {
    fate.effect = false;
    fate.before_body = true;
    fate.failure = failure(site, Outcome::retry);
    return;
  }
  if (strikes(faults.ended_badly)) {
    fate.effect = dice_.chance(0.5);
    fate.answer_after = fate.effect_after + Millis{1};  // over: nothing comes after the answer
    fate.failure = internal_error();
    return;
  }
  if (site.call.starts_with("put_")) trouble_with_body(fate, site);
  if (site.call == "get" && strikes(faults.body_cut)) fate.body_cut_at = dice_.between(0, kBodyBytesMax);
}

void SimLink::trouble_with_body(Fate& fate, const CallSite& site) {
  const PortFaults& faults = faults_of(site);
  fate.garbled = dice_.chance(faults.garbled);
  if (!dice_.chance(faults.body_cut)) return;
  fate.body_cut_at = dice_.between(0, kBodyBytesMax);
  fate.answer_after = dice_.between(Millis{0}, dice_.chance(0.5) ? kLatencyMax : kTimeoutMax);
  fate.failure = failure(site, Outcome::unknown);
}

void SimLink::tell(const CallSite& site, const std::string& arguments, const Fate& fate,
                   const std::string& outcome) {
  std::string text = fate.effect ? outcome : "(never arrives)";
  if (fate.failure) text += ", told: " + fakes::describe(*fate.failure);
  if (fate.death != Fate::Death::none) text += ", and the server dies of it";
  world_.story.tell(server_, site.port, ".", site.call, "(", arguments, ") -> ", text);
}

}  // namespace longshore::sim
