#include "s3/knowledge.h"

#include <utility>

#include <boost/asio/this_coro.hpp>

namespace longshore::s3 {
namespace {

std::vector<ChecksumAlgorithm> algorithms_of(ChecksumChoice choice) {
  switch (choice) {
    case ChecksumChoice::automatic:
      return {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme};
    case ChecksumChoice::crc32c:
      return {ChecksumAlgorithm::crc32c};
    case ChecksumChoice::crc64nvme:
      return {ChecksumAlgorithm::crc64nvme};
    case ChecksumChoice::none:
      break;
  }
  return {};
}

// As the configuration has it: what was found depends on what was looked for.
std::string_view word_of(ChecksumChoice choice) {
  switch (choice) {
    case ChecksumChoice::automatic:
      return "auto";
    case ChecksumChoice::crc32c:
      return "crc32c";
    case ChecksumChoice::crc64nvme:
      return "crc64nvme";
    case ChecksumChoice::none:
      break;
  }
  return "none";
}

}  // namespace

Knowledge::Knowledge(const S3Options& options, Client& client, const ClientTools& tools,
                     StoreFindings& findings, Metrics& metrics)
    : options_(options),
      client_(client),
      clock_(tools.clock),
      random_(tools.random),
      timers_(tools.timers),
      log_(tools.log.with({{"bucket", options.place.bucket()}})),
      findings_(findings),
      metrics_(metrics),
      profile_(options.profile != nullptr ? options.profile : &profile_of(options.place.endpoint())) {
  metrics.store_trial_errors_total.show({options_.place.bucket()});
  if (options_.checksums != ChecksumChoice::none) return;
  plan_ = ChecksumPlan{};
  look_again_at_ = Time::min();
}

const Profile& Knowledge::profile() const {
  const std::lock_guard lock(mutex_);
  return *profile_;
}

Task<ChecksumPlan> Knowledge::checksum_plan() {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::uint64_t trials_seen = 0;
  {
    const std::lock_guard lock(mutex_);
    if (plan_) {
      if (clock_.now() >= look_again_at_) trials_.start(executor);
      co_return *plan_;
    }
    trials_seen = trials_.ended();
  }
  if (!co_await trials_.join(trials_seen))
    throw unavailable(Reason::store_unavailable, "the server is going down", Outcome::retry);
  const std::lock_guard lock(mutex_);
  if (!plan_) throw *failure_;
  co_return *plan_;
}

Task<void> Knowledge::look() {
  std::optional<Error> failure;
  try {
    co_await find_out();
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = unavailable(Reason::store_unavailable, error.what(), Outcome::retry);
  }
  if (failure) bear(std::move(*failure));
}

Task<void> Knowledge::find_out() {
  const std::vector<ChecksumAlgorithm> algorithms = algorithms_of(options_.checksums);
  if (algorithms.empty() && is_told_profile()) {
    take({}, Time::max());
    co_return;
  }
  if (co_await recall()) co_return;
  Found found = co_await probe({client_, random_, timers_}, algorithms);
  found.in_doubt = leaves_doubt(found);
  if (found.in_doubt && (is_something_known() || lacks_checksums(found))) {
    throw unavailable(Reason::store_unavailable, "the store came upon an error of its own while it was tried",
                      Outcome::retry);
  }
  check(found);
  take(found, clock_.now() + (found.in_doubt ? kPauseAfterFailure : kGoodFor));
  if (!found.in_doubt) co_await remember(found);
}

/// Takes what is kept of the store, by us or another server; true if it is good still.
Task<bool> Knowledge::recall() {
  std::optional<StoreFinding> kept;
  try {
    kept = co_await findings_.load_finding(name());
  } catch (const Error& error) {
    log_.warn("what is known of the store cannot be read: it is tried", {{"reason", error.message()}});
  }
  if (!kept) co_return false;
  const std::optional<Found> found = found_of(kept->text);
  if (!found) co_return false;
  if (lacks_checksums(*found)) co_return false;
  const Millis left = kept->found_at + kGoodFor - kept->now;
  const bool is_good = left > Millis{0} && left <= kGoodFor;  // no clock was set back
  take(*found, is_good ? clock_.now() + left : clock_.now());
  co_return is_good;
}

Task<void> Knowledge::remember(const Found& found) {
  try {
    co_await findings_.keep_finding(name(), text_of(found));
  } catch (const Error& error) {
    log_.warn("what was found out about the store cannot be kept", {{"reason", error.message()}});
  }
}

void Knowledge::check(const Found& found) const {
  if (!lacks_checksums(found)) return;
  throw Error(Reason::store_refused,
              "the store takes no " + std::string(algorithm_name(algorithms_of(options_.checksums).front())) +
                  " checksums: set checksum = \"auto\" or \"none\"",
              {.store_code = "ChecksumUnsupported"}, Outcome::refused);
}

void Knowledge::take(const Found& found, Time good_until) {
  {
    const std::lock_guard lock(mutex_);
    failure_.reset();
    plan_ = found.checksums;
    look_again_at_ = good_until;
    if (!is_told_profile() && found.profile != nullptr) profile_ = found.profile;
  }
  log_.info("what the store can do", {{"profile", profile().name}, {"checksums", describe(found.checksums)}});
  if (options_.place.is_tls() || found.checksums.declared()) return;
  const bool takes_some = found.checksums.way == ChecksumWay::header;
  log_.warn(takes_some
                ? "there is no TLS to the store: nothing guards the bytes on their way where the client "
                  "does not name their CRC32C"
                : "there is no TLS to the store, and no checksum: nothing guards the bytes on their way",
            {});
}

void Knowledge::bear(Error failure) {
  metrics_.store_trial_errors_total.add({options_.place.bucket()});
  const std::lock_guard lock(mutex_);
  log_.warn(plan_ ? "the store could not be tried; what is known of it holds on"
                  : "the store could not be tried, and nothing is known of it",
            {{"reason", failure.message()}});
  failure_ = std::move(failure);
  look_again_at_ = clock_.now() + kPauseAfterFailure;
}

/// Whether the store may do otherwise next time. One that must take checksums is of no use without them, so
/// that it takes none is never believed of its errors.
bool Knowledge::leaves_doubt(const Found& found) {
  const std::lock_guard lock(mutex_);
  if (!found.in_doubt) {
    doubtful_.reset();
    return false;
  }
  doubtful_trials_ = doubtful_ == found ? doubtful_trials_ + 1 : 1;
  doubtful_ = found;
  return doubtful_trials_ < kDoubtfulTrialsMax || lacks_checksums(found);
}

bool Knowledge::is_something_known() const {
  const std::lock_guard lock(mutex_);
  return plan_.has_value();
}

bool Knowledge::must_take_checksums() const {
  return options_.checksums == ChecksumChoice::crc32c || options_.checksums == ChecksumChoice::crc64nvme;
}

bool Knowledge::lacks_checksums(const Found& found) const {
  return found.checksums.way == ChecksumWay::none && must_take_checksums();
}

std::string Knowledge::name() const {
  const HttpEndpoint endpoint = options_.place.endpoint();
  return (endpoint.tls ? "https://" : "http://") + endpoint.authority() + "/" + options_.place.bucket() +
         " " + std::string(word_of(options_.checksums));
}

bool Knowledge::is_told_profile() const {
  return options_.profile != nullptr ||
         profile_of(options_.place.endpoint()).name != find_profile("any")->name;
}

}  // namespace longshore::s3
