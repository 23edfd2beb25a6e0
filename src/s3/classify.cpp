#include "s3/classify.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "s3/answers.h"

namespace longshore::s3 {
namespace {

// Beyond it S3 refuses a request as too skewed; servers that say no more than 403 are recognized by it.
constexpr Millis kSkewMax = std::chrono::minutes{15};

// Some stores refuse a key's second write within a second, and do not say how long to wait.
constexpr int kTooManyRequests = 429;
constexpr Millis kTooManyPause = std::chrono::seconds{1};

// Of a store's own words: codes and ids are shorter.
constexpr std::size_t kWordBytesMax = 200;

struct Rule {
  std::string_view code;
  Next next;
  Outcome outcome;
};

// Codes come before statuses: they are the same everywhere, also inside of a 200.
constexpr Rule kCodes[] = {
    // Definitely not done, and may be done later.
    {"SlowDown", Next::retry, Outcome::retry},
    {"SlowDownRead", Next::retry, Outcome::retry},
    {"SlowDownWrite", Next::retry, Outcome::retry},
    {"ServiceUnavailable", Next::retry, Outcome::retry},
    {"TooManyRequests", Next::retry, Outcome::retry},
    {"RequestTimeout", Next::retry, Outcome::retry},
    {"OperationAborted", Next::retry, Outcome::retry},
    {"IncompleteBody", Next::retry, Outcome::retry},
    // What arrived is not what was sent, which was verified on its way.
    {"BadDigest", Next::retry, Outcome::retry},
    {"XAmzContentChecksumMismatch", Next::retry, Outcome::retry},
    {"InternalError", Next::retry_lost, Outcome::unknown},
    // Ours to mend.
    {"RequestTimeTooSkewed", Next::take_clock, Outcome::retry},
    {"ExpiredToken", Next::renew_credentials, Outcome::retry},
    {"ExpiredTokenException", Next::renew_credentials, Outcome::retry},
    {"TokenRefreshRequired", Next::renew_credentials, Outcome::retry},
    {"RequestExpired", Next::renew_credentials, Outcome::retry},
    // A key that was exchanged or has ended, in the words of several stores; wrong ones stay refused.
    {"InvalidAccessKeyId", Next::renew_credentials, Outcome::refused},
    {"InvalidToken", Next::renew_credentials, Outcome::refused},
    {"InvalidTokenId", Next::renew_credentials, Outcome::refused},
    // Where it is not.
    {"PermanentRedirect", Next::follow, Outcome::refused},
    {"TemporaryRedirect", Next::follow, Outcome::retry},
    {"Redirect", Next::follow, Outcome::retry},
    {"AuthorizationHeaderMalformed", Next::follow, Outcome::refused},
    // Exactly these mean that it is not there.
    {"NoSuchUpload", Next::fail, Outcome::absent},
    {"NoSuchKey", Next::fail, Outcome::absent},
    {"NoSuchVersion", Next::fail, Outcome::absent},
    // Refusals whose statuses say something else.
    {"NoSuchBucket", Next::fail, Outcome::refused},
    {"XMinioStorageFull", Next::fail, Outcome::refused},
};

// Without a code that is known: an empty body, a proxy's page, a HEAD.
Rule rule_of_status(int status) {
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return {"", Next::follow, Outcome::refused};
    case 404:
      return {"", Next::fail, Outcome::unknown};  // whose? Only the exact codes say that it is absent
    case 408:
    case 417:  // sent again without Expect
    case kTooManyRequests:
      return {"", Next::retry, Outcome::retry};
    case 499:
      return {"", Next::retry_lost, Outcome::unknown};
    case 501:
    case 505:
      return {"", Next::fail, Outcome::refused};
    default:
      break;
  }
  if (status >= 400 && status < 500) return {"", Next::fail, Outcome::refused};
  return {"", Next::retry_lost, Outcome::unknown};
}

bool is_far_from(const std::optional<Time>& date, Time now) {
  return date && (*date > now + kSkewMax || *date < now - kSkewMax);
}

Rule rule_of(const Answer& answer) {
  const auto* const by_code = std::ranges::find(kCodes, answer.code, &Rule::code);
  if (by_code != std::end(kCodes)) return *by_code;
  const bool is_coded = !answer.code.empty();
  if (is_coded && answer.status < 300) return {"", Next::fail, Outcome::refused};
  // The store's own; a bare one may be a proxy's, of a request that had reached the store.
  if (is_coded && answer.status == 503) return {"", Next::retry, Outcome::retry};
  return rule_of_status(answer.status);
}

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, kWordBytesMax)) {
    clean.push_back(c >= 0x20 && c < 0x7F ? c : '?');
  }
  return clean;
}

// For whoever sent the request. The store's sentence may name accounts, roles and other people's keys: it is
// for the log.
std::string describe(const Answer& answer, const char* call) {
  std::string text = "the store answers " + std::string(call) + " with " + std::to_string(answer.status);
  if (!answer.code.empty()) text += " " + printable(answer.code);
  if (!answer.request_id.empty()) text += " (its request id: " + printable(answer.request_id) + ")";
  return text;
}

std::string field(const HttpFields& fields, std::string_view name) {
  const std::string* value = find_field(fields, name);
  return value != nullptr ? *value : std::string();
}

// "https://host:port/path" -> "host:port".
std::string host_of(std::string_view location) {
  const std::size_t scheme = location.find("://");
  if (scheme == std::string_view::npos) return {};
  location.remove_prefix(scheme + 3);
  return std::string(location.substr(0, location.find_first_of("/?#")));
}

std::optional<Millis> parse_retry_after(std::string_view text, const std::optional<Time>& date) {
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && stop == text.data() + text.size() && seconds >= 0 && seconds < 1'000'000)
    return std::chrono::seconds{seconds};
  const auto until = parse_http_date(text);
  if (!until || !date || *until < *date) return std::nullopt;
  return *until - *date;
}

// For whoever sent the request: the store's address and what the network says are for the log.
std::string_view describe(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::no_such_host:
      return "the name of the store's host is not known";
    case HttpFailure::unreachable:
      return "the store cannot be reached";
    case HttpFailure::untrusted:
      return "the store cannot be trusted: its certificate, or how it speaks TLS";
    case HttpFailure::busy:
      return "all connections to the store are in use";
    case HttpFailure::timeout:
      return "the store does not answer in time";
    case HttpFailure::lost:
      return "the store has broken off the connection";
    case HttpFailure::malformed:
    case HttpFailure::too_large:
      break;
  }
  return "what the store answers cannot be understood";
}

bool may_be_done(const HttpError& failure) { return failure.sent() == HttpError::Sent::all; }

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Time> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kForm.size() || !text.ends_with(" GMT")) return std::nullopt;
  if (text[3] != ',' || text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, text.substr(8, 3));
  const auto day = digits(text.substr(5, 2));
  const auto year = digits(text.substr(12, 4));
  const auto hour = digits(text.substr(17, 2));
  const auto minute = digits(text.substr(20, 2));
  const auto second = digits(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{static_cast<int>(*year)},
                            std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
                            std::chrono::day{*day}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return time_point_cast<Millis>(sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second));
}

Answer read_answer(int status, const HttpFields& fields, std::string_view body) {
  Answer answer{.status = status};
  answer.date = parse_http_date(field(fields, "date"));
  answer.retry_after = parse_retry_after(field(fields, "retry-after"), answer.date);
  if (status == kTooManyRequests && !answer.retry_after) answer.retry_after = kTooManyPause;
  answer.region = field(fields, "x-amz-bucket-region");
  answer.request_id = field(fields, "x-amz-request-id");
  answer.host = host_of(field(fields, "location"));
  if (auto error = error_answer(body)) {
    answer.code = std::move(error->code);
    answer.message = std::move(error->message);
    if (answer.region.empty()) answer.region = std::move(error->region);
    if (answer.host.empty()) answer.host = std::move(error->endpoint);
    if (answer.code.empty() && status < 300) answer.code = "Error";
  }
  return answer;
}

Next judge(const Answer& answer, Time now) {
  if (answer.status >= 200 && answer.status < 300 && answer.code.empty()) return Next::take;
  const Next next = rule_of(answer).next;
  const bool says_where = !answer.region.empty() || !answer.host.empty();
  if (next == Next::follow && !says_where) return Next::fail;
  if (next != Next::fail || !answer.code.empty()) return next;
  // A HEAD says no more than its fields.
  if (answer.status == 403 && is_far_from(answer.date, now)) return Next::take_clock;
  if (answer.status == 400 && !answer.region.empty()) return Next::follow;
  return next;
}

Next judge(const HttpError& failure) {
  switch (failure.failure()) {
    case HttpFailure::untrusted:
      return Next::fail;
    case HttpFailure::no_such_host:
    case HttpFailure::unreachable:
    case HttpFailure::busy:
      return Next::retry;
    case HttpFailure::timeout:
    case HttpFailure::lost:
    case HttpFailure::malformed:
    case HttpFailure::too_large:
      break;
  }
  return may_be_done(failure) ? Next::retry_lost : Next::retry;
}

Error error_of(const Answer& answer, const char* call) {
  const Rule rule = rule_of(answer);
  const bool refused = rule.outcome == Outcome::refused || rule.outcome == Outcome::absent;
  ErrorDetails details{.store_code = answer.code};
  if (details.store_code.empty()) details.store_code = std::to_string(answer.status);
  if (!refused) details.retry_after = answer.retry_after.value_or(Millis{1000});
  return {refused ? Reason::store_refused : Reason::store_unavailable, describe(answer, call),
          std::move(details), rule.outcome};
}

Error error_of(const HttpError& failure, const char* call) {
  std::string message = std::string(call) + ": " + std::string(describe(failure.failure()));
  if (failure.failure() == HttpFailure::untrusted)
    return {Reason::store_refused, std::move(message), {.store_code = "TlsHandshake"}, Outcome::refused};
  return unavailable(Reason::store_unavailable, std::move(message),
                     may_be_done(failure) ? Outcome::unknown : Outcome::retry);
}

}  // namespace longshore::s3
