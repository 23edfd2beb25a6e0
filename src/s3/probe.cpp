#include "s3/probe.h"

#include <algorithm>
#include <exception>

#include "base/uuid.h"

namespace longshore::s3 {
namespace {

constexpr std::string_view kText = "Longshore asks what this store can do.";
constexpr std::size_t kNameBytes = 16;

class TextSource final : public BodySource {
 public:
  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::ssize(kText); }
  Task<ByteView> next() override { co_return as_bytes(std::exchange(given_, true) ? "" : kText); }
  bool rewind() override {
    given_ = false;
    return true;
  }

 private:
  bool given_ = false;
};

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
    TextSource text;
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
                                               plan_);
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

/// Awaits a step of a way that the store may not take: false then. Throws if it could not be asked.
Task<bool> unless_refused(Task<bool> step) {
  try {
    co_return co_await std::move(step);
  } catch (const Error& error) {
    if (!is_word_on_the_way(error)) throw;
  }
  co_return false;
}

Task<bool> create_and_finish(Attempt& attempt) {
  co_await attempt.create();
  co_return co_await attempt.finish();
}

struct NamedWay {
  ChecksumWay way;
  std::string_view name;
};

constexpr NamedWay kWays[] = {{ChecksumWay::none, "none"},
                              {ChecksumWay::header, "header"},
                              {ChecksumWay::composite, "composite"},
                              {ChecksumWay::full, "full"}};

/// Of the text's form, and of what probe() tries: another release may find more.
constexpr std::string_view kFoundVersion = "1 ";
constexpr std::string_view kNoProfile = "-";

/// Up to the next blank, or the end.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

Task<bool> try_way(Client& client, ObjectKey key, ChecksumPlan plan) {
  Attempt attempt(client, std::move(key), plan);
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

/// The best way of `algorithm` that works. `simple`: an upload that was created without a word on checksums.
Task<ChecksumPlan> best_way(Client& client, const ObjectKey& key, ChecksumAlgorithm algorithm,
                            Attempt& simple) {
  for (const ChecksumWay way : {ChecksumWay::full, ChecksumWay::composite}) {
    const ChecksumPlan plan{.way = way, .algorithm = algorithm};
    if (co_await try_way(client, key, plan)) co_return plan;
  }
  const bool in_header = algorithm == ChecksumAlgorithm::crc32c && co_await unless_refused(simple.finish());
  co_return ChecksumPlan{.way = in_header ? ChecksumWay::header : ChecksumWay::none, .algorithm = algorithm};
}

}  // namespace

std::string text_of(const Found& found) {
  const std::string profile(found.profile != nullptr ? found.profile->name : kNoProfile);
  const auto* const way = std::ranges::find(kWays, found.checksums.way, &NamedWay::way);
  return std::string(kFoundVersion) + profile + " " + std::string(algorithm_name(found.checksums.algorithm)) +
         " " + std::string(way->name);
}

std::optional<Found> found_of(std::string_view text) {
  std::string_view rest = text;
  if (!rest.starts_with(kFoundVersion)) return std::nullopt;
  rest.remove_prefix(kFoundVersion.size());
  Found found{.checksums = {}, .profile = find_profile(take_word(rest))};
  if (take_word(rest) == algorithm_name(ChecksumAlgorithm::crc64nvme))
    found.checksums.algorithm = ChecksumAlgorithm::crc64nvme;
  const auto* const way = std::ranges::find(kWays, rest, &NamedWay::name);
  if (way == std::end(kWays)) return std::nullopt;
  found.checksums.way = way->way;
  if (text_of(found) != text) return std::nullopt;
  return found;
}

Task<Found> probe(Client& client, ChecksumAlgorithm algorithm, Random& random) {
  Found found;
  const ObjectKey key(kProbePrefix + random_hex(random, kNameBytes));
  // The simplest way first: what is refused here has nothing to do with checksums.
  Attempt simple(client, key, {.way = ChecksumWay::header, .algorithm = algorithm});
  found.profile = profile_of_server(co_await simple.create());
  std::exception_ptr failure;
  try {
    found.checksums = co_await best_way(client, key, algorithm, simple);
  } catch (const Error&) {
    failure = std::current_exception();
  }
  co_await simple.clean_up();
  if (failure) std::rethrow_exception(failure);
  co_return found;
}

}  // namespace longshore::s3
