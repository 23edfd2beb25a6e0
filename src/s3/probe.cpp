#include "s3/probe.h"

#include <algorithm>
#include <exception>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/uuid.h"
#include "net/race.h"
#include "s3/trial_upload.h"

namespace longshore::s3 {
namespace {

namespace this_coro = boost::asio::this_coro;

constexpr std::size_t kNameBytes = 16;

/// A store that does not let us clean up holds nobody up for longer, least of all the end of the server.
constexpr Millis kCleanUpLimit = std::chrono::seconds{10};

/// Answers that say nothing of the request.
constexpr std::string_view kBusy[] = {
    "503", "429", "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "TooManyRequests"};

/// Stores find many words for a coding that they do not know, also that of an error of their own. What the
/// store does not answer at all, or is too busy for, says nothing.
bool is_word_on_the_way(const Error& error) {
  const std::string& code = error.details().store_code;
  return !code.empty() && std::ranges::find(kBusy, code) == std::end(kBusy);
}

/// The best one first; each in so far as its algorithm is asked for. There is no composite CRC64NVME.
constexpr ChecksumPlan kDeclared[] = {
    {.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc32c},
    {.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc64nvme},
    {.way = ChecksumWay::composite, .algorithm = ChecksumAlgorithm::crc32c},
};

/// The tries at one key, one after the other.
class Trial {
 public:
  Trial(const ProbeTools& tools, const std::vector<ChecksumAlgorithm>& algorithms)
      : tools_(tools), algorithms_(algorithms), key_(kProbePrefix + random_hex(tools.random, kNameBytes)) {}

  Task<Found> run() {
    // The simplest way first: what is refused here has nothing to do with checksums.
    TrialUpload simple(tools_.client, key_, {.way = ChecksumWay::header});
    Found found;
    std::exception_ptr failure;
    try {
      found.profile = profile_of_server(co_await simple.create());
      found.checksums = co_await best_plan(simple);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(false);
    co_await clean_up(simple);
    if (create_in_doubt_) co_await within_limit(abort_all_uploads(tools_.client, key_));
    co_await this_coro::throw_if_cancelled(true);
    if (failure) std::rethrow_exception(failure);
    found.in_doubt = in_doubt_;
    co_return found;
  }

 private:
  [[nodiscard]] bool is_asked_for(ChecksumAlgorithm algorithm) const {
    return std::ranges::find(algorithms_, algorithm) != algorithms_.end();
  }

  /// `simple`: an upload that was created without a word on checksums.
  Task<ChecksumPlan> best_plan(TrialUpload& simple) {
    for (const ChecksumPlan& plan : kDeclared) {
      if (is_asked_for(plan.algorithm) && co_await works(plan)) co_return plan;
    }
    if (!is_asked_for(ChecksumAlgorithm::crc32c)) co_return ChecksumPlan{};
    const bool in_header = co_await unless_refused(simple.finish());
    co_return ChecksumPlan{.way = in_header ? ChecksumWay::header : ChecksumWay::none};
  }

  Task<bool> works(ChecksumPlan plan) {
    TrialUpload upload(tools_.client, key_, plan);
    bool works = false;
    std::exception_ptr failure;
    try {
      works = co_await unless_refused(create_and_finish(upload));
    } catch (...) {
      failure = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(false);
    co_await clean_up(upload);
    co_await this_coro::throw_if_cancelled(true);
    if (failure) std::rethrow_exception(failure);
    co_return works;
  }

  static Task<bool> create_and_finish(TrialUpload& upload) {
    co_await upload.create();
    co_return co_await upload.finish();
  }

  /// Also in a trial that was cancelled, whose every co_await throws unless it is told not to.
  Task<void> clean_up(TrialUpload& upload) {
    create_in_doubt_ = create_in_doubt_ || upload.is_create_in_doubt();
    co_await within_limit(upload.clean_up());
  }

  Task<void> within_limit(Task<void> work) {
    try {
      co_await ends_within(tools_.timers, kCleanUpLimit, std::move(work));
    } catch (const boost::system::system_error& error) {  // in a trial that was cancelled its end tells so
      if (error.code() != boost::asio::error::operation_aborted) throw;
    }
  }

  /// Awaits a step of a way that the store may not take: false then. Throws if it could not be asked.
  Task<bool> unless_refused(Task<bool> step) {
    try {
      co_return co_await std::move(step);
    } catch (const Error& error) {
      if (!is_word_on_the_way(error)) throw;
      if (error.outcome() == Outcome::unknown) in_doubt_ = true;
    }
    co_return false;
  }

  const ProbeTools& tools_;
  const std::vector<ChecksumAlgorithm>& algorithms_;
  const ObjectKey key_;
  bool in_doubt_ = false;         // some way came upon an error of the store's own
  bool create_in_doubt_ = false;  // there may be uploads at the key that nobody knows
};

/// What the server calls itself, where it lets us ask; nothing is written.
Task<const Profile*> profile_by_name(Client& client) {
  try {
    const Reply reply = co_await client.send(list_objects_call(ObjectKey(kProbePrefix)));
    co_return profile_of_server(reply.field("server"));
  } catch (const Error& error) {
    if (error.outcome() != Outcome::refused) throw;
  }
  co_return nullptr;
}

/// Of the text's form, and of what probe() tries: another release may find more.
constexpr std::string_view kFoundVersion = "2 ";
constexpr std::string_view kNoProfile = "-";

}  // namespace

std::string text_of(const Found& found) {
  const std::string profile(found.profile != nullptr ? found.profile->name : kNoProfile);
  return std::string(kFoundVersion) + profile + " " + text_of(found.checksums);
}

std::optional<Found> found_of(std::string_view text) {
  if (!text.starts_with(kFoundVersion)) return std::nullopt;
  const std::string_view rest = text.substr(kFoundVersion.size());
  const std::size_t blank = rest.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto checksums = plan_of(rest.substr(blank + 1));
  if (!checksums) return std::nullopt;
  Found found{.checksums = *checksums, .profile = find_profile(rest.substr(0, blank))};
  if (text_of(found) != text) return std::nullopt;
  return found;
}

Task<Found> probe(ProbeTools tools, std::vector<ChecksumAlgorithm> algorithms) {
  if (algorithms.empty()) {
    const Profile* profile = co_await profile_by_name(tools.client);
    co_return Found{.checksums = {}, .profile = profile};
  }
  Trial trial(tools, algorithms);
  co_return co_await trial.run();
}

}  // namespace longshore::s3
