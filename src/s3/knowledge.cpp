#include "s3/knowledge.h"

#include <utility>

#include <boost/asio/this_coro.hpp>

namespace longshore::s3 {

Knowledge::Knowledge(const S3Options& options, Client& client, const ClientTools& tools,
                     StoreFindings& findings, Metrics& metrics)
    : options_(options),
      client_(client),
      clock_(tools.clock),
      random_(tools.random),
      log_(tools.log.with({{"bucket", options.place.bucket()}})),
      findings_(findings),
      metrics_(metrics),
      profile_(options.profile != nullptr ? options.profile : &profile_of(options.place.endpoint())) {
  if (options.checksums == ChecksumChoice::none) plan_ = ChecksumPlan{};
  metrics.store_trial_errors_total.show({options_.place.bucket()});
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
  if (co_await recall()) co_return;
  const Found found = co_await probe(client_, algorithm(), random_);
  check(found);
  take(found, clock_.now() + kGoodFor);
  co_await remember(found);
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
  if (!found || found->checksums.algorithm != algorithm()) co_return false;
  const bool takes_none = found->checksums.way == ChecksumWay::none;
  if (takes_none && options_.checksums != ChecksumChoice::automatic) co_return false;
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
  if (found.checksums.way != ChecksumWay::none || options_.checksums == ChecksumChoice::automatic) return;
  throw Error(Reason::store_refused,
              "the store takes no " + std::string(algorithm_name(algorithm())) +
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
  if (found.checksums.way == ChecksumWay::none && !options_.place.is_tls())
    log_.warn(
        "nothing guards the bytes on their way to the store: it takes no checksums, and there is no TLS", {});
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

ChecksumAlgorithm Knowledge::algorithm() const {
  return options_.checksums == ChecksumChoice::crc64nvme ? ChecksumAlgorithm::crc64nvme
                                                         : ChecksumAlgorithm::crc32c;
}

std::string Knowledge::name() const {
  const HttpEndpoint endpoint = options_.place.endpoint();
  return (endpoint.tls ? "https://" : "http://") + endpoint.authority() + "/" + options_.place.bucket() +
         " " + std::string(algorithm_name(algorithm()));
}

bool Knowledge::is_told_profile() const {
  return options_.profile != nullptr ||
         profile_of(options_.place.endpoint()).name != find_profile("any")->name;
}

}  // namespace longshore::s3
