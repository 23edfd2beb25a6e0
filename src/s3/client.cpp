#include "s3/client.h"

#include <algorithm>
#include <utility>

#include "net/race.h"

namespace longshore::s3 {
namespace {

/// Above every list that we ask for.
constexpr std::size_t kTextBytesMax = 4 * 1024 * 1024;
/// Above every error that says something.
constexpr std::size_t kErrorBytesMax = 64 * 1024;

/// A body so large that its bytes are worth a round trip.
constexpr std::int64_t kExpectFromBytes = 1024 * 1024;

/// Stores put objects together while we wait, in silence or with blanks.
constexpr Millis kCompletionLimit = std::chrono::minutes{15};

/// 301, then 307, then a region: more is a loop.
constexpr int kFollowsMax = 3;

constexpr int kExpectationFailed = 417;

bool is_signed(const HttpField& field) {
  return field.name.starts_with("x-amz-") || field.name == "content-type";
}

/// There is nobody there whom we would talk to.
bool leads_nowhere(HttpFailure failure) {
  return failure == HttpFailure::unreachable || failure == HttpFailure::no_such_host ||
         failure == HttpFailure::untrusted;
}

/// May it be sent again at once?
bool allows(Repeat repeat, Next next) {
  switch (next) {
    case Next::retry:
      return repeat != Repeat::by_caller;
    case Next::retry_lost:
      return repeat == Repeat::always;
    default:
      return false;
  }
}

Task<void> collect_into(HttpAnswer& http, bool success, std::string& text) {
  text = success ? co_await http.collect(kTextBytesMax) : co_await http.collect_some(kErrorBytesMax);
}

bool changes_something(const Call& call) {
  const std::string_view method = call.method;
  return method != "GET" && method != "HEAD";
}

/// Whatever the last try came to: an earlier one may have been done, or be done yet.
Error in_doubt(const Error& last) {
  if (last.outcome() == Outcome::absent) return last;
  return {last.reason(), last.message(), last.details(), Outcome::unknown};
}

/// The client has to send it again: what has been learnt from this try is remembered.
Error send_again(const Error& why) {
  return unavailable(Reason::store_unavailable, why.message() + "; send it again", Outcome::retry);
}

}  // namespace

std::string Reply::field(std::string_view name) const {
  const std::string* value = http.find(name);
  return value != nullptr ? *value : std::string();
}

Client::Client(Place place, ClientOptions options, ClientTools tools)
    : options_(options),
      tools_(std::move(tools)),
      expects_continue_(options.expect_continue),
      routes_(std::move(place), tools_.clock, tools_.log) {}

Task<Reply> Client::send(Call call, OutgoingBody* body) {
  const bool is_work = call.repeat == Repeat::by_caller;
  const HttpPace pace = body != nullptr ? HttpPace::slow : is_work ? HttpPace::working : HttpPace::quick;
  co_return co_await run(call, body, Reading::whole, pace);
}

Task<Reply> Client::open(Call call, HttpPace pace) {
  co_return co_await run(call, nullptr, Reading::streamed, pace);
}

Millis Client::patience_of(const Call& call) const {
  return call.repeat == Repeat::by_caller ? kCompletionLimit : options_.read_timeout;
}

Time Client::store_now() const { return tools_.clock.now() + Millis{skew_ms_.load()}; }

Task<Reply> Client::run(const Call& call, OutgoingBody* body, Reading reading, HttpPace pace) {
  if (body != nullptr && body->length() == 0) {
    co_await body->expect_end();
    body = nullptr;
  }
  Course course{.route = routes_.current(), .pace = pace, .credentials = co_await tools_.credentials.get()};
  try {
    co_return co_await insist(call, body, reading, course);
  } catch (const Error& error) {
    if (!course.in_doubt) throw;
    throw in_doubt(error);
  }
}

Task<Reply> Client::insist(const Call& call, OutgoingBody* body, Reading reading, Course& course) {
  for (;;) {
    Try outcome = co_await try_once(call, body, reading, course);
    if (auto* reply = std::get_if<Reply>(&outcome)) {
      if (course.retries == 0) budget_.give_back();
      co_return std::move(*reply);
    }
    const Failure& failure = std::get<Failure>(outcome);
    if (failure.error.outcome() == Outcome::unknown && changes_something(call)) course.in_doubt = true;
    const bool replayable = body == nullptr || body->rewind();
    if (!replayable && allows(call.repeat, failure.next)) throw failure.error;
    if (!co_await mend(failure, call, course)) {
      tell(failure, call);
      throw failure.error;
    }
    if (!replayable) throw send_again(failure.error);
  }
}

/// What the store says of a refusal, in its own words, is for its operators.
void Client::tell(const Failure& failure, const Call& call) const {
  const Answer& answer = failure.answer;
  if (failure.error.outcome() != Outcome::refused || answer.message.empty()) return;
  tools_.log.info("the store refuses a call", {{"call", call.name},
                                               {"status", answer.status},
                                               {"code", answer.code},
                                               {"store_request_id", answer.request_id},
                                               {"reason", answer.message}});
}

// Does what the failure asks for before the next try; false: there is none.
Task<bool> Client::mend(const Failure& failure, const Call& call, Course& course) {
  switch (failure.next) {
    case Next::take_clock:
      if (std::exchange(course.took_clock, true) || !failure.answer.date) co_return false;
      skew_ms_ = (*failure.answer.date - tools_.clock.now()).count();
      tools_.log.warn("the store's clock differs from ours; its own is used", {{"skew_ms", skew_ms_.load()}});
      co_return true;
    case Next::renew_credentials: {
      if (std::exchange(course.renewed, true)) co_return false;
      aws::CredentialsPtr rejected = course.credentials;
      course.credentials = co_await tools_.credentials.renew(rejected);
      co_return course.credentials != rejected;
    }
    case Next::follow: {
      if (++course.follows > kFollowsMax) co_return false;
      Routes::Ptr next = routes_.follow(*course.route, failure.answer);
      if (!next) co_return false;
      course.route = std::move(next);
      co_return true;
    }
    case Next::take:
    case Next::fail:
      co_return false;
    case Next::retry:
    case Next::retry_lost:
      break;
  }
  if (!allows(call.repeat, failure.next) || course.retries >= options_.retry.retries) co_return false;
  const auto pause = pause_before(course.retries + 1, options_.retry, failure.answer.retry_after,
                                  tools_.random);
  if (!pause || !budget_.take()) co_return false;
  ++course.retries;
  tools_.log.debug("a call to the store is tried again", {{"call", call.name},
                                                          {"retry", course.retries},
                                                          {"pause_ms", *pause},
                                                          {"why", failure.error.message()}});
  co_await tools_.timers.sleep_for(*pause);
  co_return true;
}

HttpRequest Client::request_of(const Call& call, OutgoingBody* body, Course& course) {
  HttpRequest request{.endpoint = course.route->place.endpoint(),
                      .method = call.method,
                      .target = course.route->place.target(call),
                      .fields = call.fields,
                      .body = body};
  request.sign = [this, &call, &course, target = request.target](HttpFields& fields) {
    sign(call, target, fields, course);
  };
  request.repeatable = !changes_something(call);  // else we have to know of each try
  request.expect_continue = body != nullptr && body->length() >= kExpectFromBytes &&
                            expects_continue_.asks(tools_.clock.now());
  request.pace = course.pace;
  request.timeouts.connect = options_.connect_timeout;
  request.timeouts.stall = patience_of(call);
  request.timeouts.answer = patience_of(call);
  return request;
}

void Client::sign(const Call& call, const std::string& target, HttpFields& fields,
                  const Course& course) const {
  HttpFields covered{{"host", course.route->place.endpoint().authority()}};
  std::ranges::copy_if(fields, std::back_inserter(covered), is_signed);
  std::string payload;
  switch (call.payload) {
    case Payload::text:
      payload = aws::payload_hash(as_bytes(call.body));
      break;
    case Payload::streamed:
      payload = aws::kUnsignedPayload;
      break;
    case Payload::streamed_trailer:
      payload = aws::kUnsignedTrailer;
      break;
  }
  aws::Signed added = course.route->signer.sign(
      {.method = call.method, .target = target, .fields = covered, .payload = payload}, course.credentials,
      store_now());
  std::ranges::move(added.fields, std::back_inserter(fields));
}

Task<Client::Try> Client::try_once(const Call& call, OutgoingBody* body, Reading reading, Course& course) {
  HttpTextBody text(call.body);
  HttpRequest request = request_of(call, body, course);
  if (!call.body.empty()) request.body = &text;
  std::optional<HttpError> lost;
  try {
    const bool asks = request.expect_continue;
    HttpAnswer http = co_await tools_.http.send(std::move(request));
    if (asks) expects_continue_.asked(http.had_no_go_ahead(), tools_.clock.now());
    co_return co_await read(std::move(http), call, reading);
  } catch (const HttpError& error) {
    lost = error;
  }
  if (leads_nowhere(lost->failure())) course.route = routes_.leave(course.route);
  tools_.log.info("a call to the store has no answer", {{"call", call.name}, {"reason", lost->what()}});
  co_return Failure{.next = judge(*lost), .error = error_of(*lost, call.name)};
}

Task<Client::Try> Client::read(HttpAnswer http, const Call& call, Reading reading) {
  const bool success = http.status() >= 200 && http.status() < 300;
  std::string text;
  if (!success || reading == Reading::whole) {
    if (!co_await ends_within(tools_.timers, patience_of(call), collect_into(http, success, text)) && success)
      throw HttpError(HttpFailure::timeout, HttpError::Sent::all, "the answer does not come to its end");
  }
  const Answer answer = read_answer(http.status(), http.fields(), text);
  const Next next = judge(answer, store_now());
  if (next == Next::take) co_return Reply{.http = std::move(http), .text = std::move(text)};
  if (answer.status == kExpectationFailed) expects_continue_.not_understood(tools_.clock.now());
  co_return Failure{.next = next, .error = error_of(answer, call.name), .answer = answer};
}

}  // namespace longshore::s3
