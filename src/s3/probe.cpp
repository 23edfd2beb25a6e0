#include "s3/probe.h"

#include <algorithm>
#include <exception>

#include "base/uuid.h"
#include "s3/text_source.h"

namespace longshore::s3 {
namespace {

constexpr std::string_view kText = "Longshore asks what this store can do.";
constexpr std::size_t kNameBytes = 16;

/// One way to upload the text at a key, from its creation to its completion.
class Attempt {
 public:
  Attempt(Client& client, ObjectKey key, ChecksumPlan plan)
      : client_(client), key_(std::move(key)), plan_(plan) {}

  /// The Server field of the answer.
  Task<std::string> create() {
    const Call call = create_upload_call({.key = key_, .headers = {.content_type = "text/plain"}}, plan_);
    const Reply reply = co_await client_.send(call);
    upload_ = created_upload(reply.text);
    co_return reply.field("server");
  }

  /// True if the store took the part with its checksum, and the completion, and showed the right checksums.
  Task<bool> finish() {
    Crc32c crc;
    crc.update(as_bytes(kText));
    RunningChecksum expected(plan_.algorithm);
    expected.update(as_bytes(kText));
    PutPart part{.key = key_, .upload = upload_, .number = PartNumber{1}, .size = std::ssize(kText)};
    if (!plan_.declared()) part.crc32c = crc.value();
    const Call put = put_part_call(part, plan_);
    TextSource text(kText);
    const bool trailer = put.payload == Payload::streamed_trailer;
    OutgoingBody body(text, part.size, trailer ? std::optional(plan_.algorithm) : std::nullopt);
    const Reply stored = co_await client_.send(put, &body);
    if (stored.field(header_name(plan_.algorithm)) != expected.base64()) co_return false;

    const Call complete = complete_upload_call({.key = key_,
                                                .upload = upload_,
                                                .parts = {{.number = part.number,
                                                           .etag = etag_of(stored.field("etag")),
                                                           .size = part.size,
                                                           .crc32c = crc.value()}},
                                                .crc32c = crc.value()},
                                               plan_,
                                               plan_.way == ChecksumWay::full ? expected.base64() : "");
    const Reply completed = co_await client_.send(complete);
    upload_ = {};
    version_ = completed.field("x-amz-version-id");
    const std::string shown = completed_upload(completed.text).checksum(plan_.algorithm);
    switch (plan_.way) {
      case ChecksumWay::full:
        co_return shown == expected.base64();
      case ChecksumWay::composite:
        co_return shown.ends_with("-1");
      case ChecksumWay::header:
      case ChecksumWay::none:
        break;
    }
    co_return true;
  }

  /// Leaves nothing, as far as the store can clean up; what it cannot, its operator's rule for unfinished
  /// uploads does.
  Task<void> clean_up() {
    if (!upload_.empty()) co_await try_to(abort_upload_call(key_, upload_));
    co_await try_to(delete_call(key_, version_));
  }

 private:
  Task<void> try_to(Call call) {
    try {
      co_await client_.send(std::move(call));
    } catch (const Error&) {
    }
  }

  Client& client_;
  const ObjectKey key_;
  const ChecksumPlan plan_;
  StoreUploadId upload_;  // empty: none, or completed
  std::string version_;   // of the object, in a bucket that keeps them
};

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
  Trial(Client& client, const std::vector<ChecksumAlgorithm>& algorithms, Random& random)
      : client_(client), algorithms_(algorithms), key_(kProbePrefix + random_hex(random, kNameBytes)) {}

  Task<Found> run() {
    // The simplest way first: what is refused here has nothing to do with checksums.
    Attempt simple(client_, key_, {.way = ChecksumWay::header});
    Found found;
    found.profile = profile_of_server(co_await simple.create());
    std::exception_ptr failure;
    try {
      found.checksums = co_await best_plan(simple);
    } catch (const Error&) {
      failure = std::current_exception();
    }
    co_await simple.clean_up();
    if (failure) std::rethrow_exception(failure);
    found.in_doubt = in_doubt_;
    co_return found;
  }

 private:
  [[nodiscard]] bool is_asked_for(ChecksumAlgorithm algorithm) const {
    return std::ranges::find(algorithms_, algorithm) != algorithms_.end();
  }

  /// `simple`: an upload that was created without a word on checksums.
  Task<ChecksumPlan> best_plan(Attempt& simple) {
    for (const ChecksumPlan& plan : kDeclared) {
      if (is_asked_for(plan.algorithm) && co_await works(plan)) co_return plan;
    }
    if (!is_asked_for(ChecksumAlgorithm::crc32c)) co_return ChecksumPlan{};
    const bool in_header = co_await unless_refused(simple.finish());
    co_return ChecksumPlan{.way = in_header ? ChecksumWay::header : ChecksumWay::none};
  }

  Task<bool> works(ChecksumPlan plan) {
    Attempt attempt(client_, key_, plan);
    bool works = false;
    std::exception_ptr failure;
    try {
      works = co_await unless_refused(create_and_finish(attempt));
    } catch (const Error&) {
      failure = std::current_exception();
    }
    co_await attempt.clean_up();
    if (failure) std::rethrow_exception(failure);
    co_return works;
  }

  static Task<bool> create_and_finish(Attempt& attempt) {
    co_await attempt.create();
    co_return co_await attempt.finish();
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

  Client& client_;
  const std::vector<ChecksumAlgorithm>& algorithms_;
  const ObjectKey key_;
  bool in_doubt_ = false;
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

Task<Found> probe(Client& client, std::vector<ChecksumAlgorithm> algorithms, Random& random) {
  if (algorithms.empty()) {
    const Profile* profile = co_await profile_by_name(client);
    co_return Found{.checksums = {}, .profile = profile};
  }
  Trial trial(client, algorithms, random);
  co_return co_await trial.run();
}

}  // namespace longshore::s3
