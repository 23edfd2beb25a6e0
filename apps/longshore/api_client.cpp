#include "apps/longshore/api_client.h"

#include <algorithm>
#include <array>

#include "apps/longshore/api_json.h"
#include "apps/longshore/text.h"
#include "base/hash.h"
#include "base/units.h"
#include "net/http_error.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

/// As many connections as parts may ever be sent at a time (options.h bounds --parallel).
constexpr std::size_t kConnectionsMax = 64;
/// Downloads come one after the other. So little is kept to the end of the command, without trimming.
constexpr std::int64_t kBufferBudget = 1 * MiB;
/// Answers that are not streamed may have this size: what a page of 100 nodes needs, each with a path, a
/// name and metadata of 5 KiB in all, of which JSON makes six times as much at worst.
constexpr std::size_t kAnswerBytesMax = 4 * MiB;
constexpr int kPageSize = 100;
/// A server at its memory budget holds its readers back for a while.
constexpr HttpTimeouts kTimeouts{
    .connect = Millis{10'000}, .stall = Millis{120'000}, .answer = Millis{120'000}};
/// A server that names a longer wait is waited for no longer than this; then it is asked again.
constexpr Millis kLongestRetryAfter{60'000};
/// The answer to a body of unknown length comes when the object is whole: the store may take that long.
constexpr Millis kWholeObjectAnswerLimit{1'200'000};

constexpr const char* kJson = "application/json";
constexpr const char* kBytes = "application/octet-stream";

/// Refusals that are no 5xx and yet pass by themselves.
constexpr std::array<std::string_view, 4> kPassing = {"PART_IN_PROGRESS", "UPLOAD_COMPLETING", "BODY_CUT_OFF",
                                                      "REQUEST_TIMEOUT"};
/// 5xx that nobody cures by waiting.
constexpr std::array<std::string_view, 2> kLasting = {"STORE_REFUSED", "INTEGRITY"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Retry-After in whole seconds; its other form, a date, is not one that the server sends.
std::optional<Millis> parse_retry_after(const std::string& text) {
  const std::optional<std::int64_t> seconds = parse_int64(text);
  if (!seconds || *seconds < 0) return std::nullopt;
  return std::min(kLongestRetryAfter,
                  Millis{1000} * std::min<std::int64_t>(*seconds, kLongestRetryAfter.count()));
}

std::string upload_path(const std::string& upload_id) { return "/v1/uploads/" + url_segment(upload_id); }
std::string node_path(const std::string& node_id) { return "/v1/nodes/" + url_segment(node_id); }

std::string content_digest(std::uint32_t crc32c) { return "crc32c=:" + crc32c_to_base64(crc32c) + ":"; }

}  // namespace

Failure failure_from(const HttpResponse& response) {
  const Problem problem = decode_problem(response.body);
  const std::string status = std::to_string(response.status);
  const std::string reason = problem.reason.empty() ? "HTTP_" + status : problem.reason;
  const std::string detail = problem.detail.empty() ? "the server answered with status " + status
                                                    : problem.detail;

  const bool transient_status = response.status >= 500 || response.status == 429 || response.status == 408;
  const bool passes = (transient_status && !contains(kLasting, reason)) || contains(kPassing, reason);
  Failure failure(reason, detail, passes ? Failure::Cure::later : Failure::Cure::none);
  failure.retry_after = parse_retry_after(response.field("Retry-After"));
  failure.upload_id = problem.upload_id;
  failure.missing_chunks = problem.missing_chunks;
  return failure;
}

Failure failure_from(const HttpError& error) {
  switch (error.failure()) {
    case HttpFailure::malformed:
    case HttpFailure::too_large:
      return {reasons::kProtocol, error.what()};
    case HttpFailure::no_such_host:  // stays so, and so does a certificate that is not good
    case HttpFailure::untrusted:
      return {reasons::kServerUnreachable, error.what()};
    case HttpFailure::unreachable:
    case HttpFailure::busy:
    case HttpFailure::timeout:
    case HttpFailure::lost:
      break;
  }
  return {reasons::kServerUnreachable, error.what(), Failure::Cure::later};
}

ApiClient::ApiClient(ClientOptions options, Timers& timers, Random& random)
    : options_(std::move(options)),
      timers_(timers),
      random_(random),
      buffers_(kBufferBudget),
      http_({.connections_max = kConnectionsMax}, buffers_, timers) {}

HttpRequest ApiClient::make_request(const char* method, const std::string& path) const {
  HttpRequest request{.endpoint = options_.server.endpoint,
                      .method = method,
                      .target = options_.server.prefix + path,
                      .repeatable = true,
                      .timeouts = kTimeouts};
  request.fields.push_back({"User-Agent", "longshore"});
  if (!options_.token.empty()) request.fields.push_back({"Authorization", "Bearer " + options_.token});
  return request;
}

HttpRequest ApiClient::make_request(const char* method, const std::string& path, HttpBody& body,
                                    const char* type) const {
  HttpRequest request = make_request(method, path);
  request.fields.push_back({"Content-Type", type});
  request.body = &body;
  return request;
}

asio::awaitable<HttpResponse> ApiClient::try_once(const HttpRequest& request, ResponseBody* sink) {
  try {
    HttpAnswer answer = co_await http_.send(request);
    HttpResponse response{.status = answer.status(), .fields = answer.fields()};
    const bool good = response.status / 100 == 2;
    if (good && sink != nullptr) {
      sink->begin(response);
      for (ByteView piece = co_await answer.next(); !piece.empty(); piece = co_await answer.next()) {
        co_await sink->write(piece);
      }
      co_return response;
    }
    response.body = co_await answer.collect(kAnswerBytesMax);
    if (!good) throw failure_from(response);
    co_return response;
  } catch (const HttpError& error) {
    throw failure_from(error);
  }
}

asio::awaitable<HttpResponse> ApiClient::call(HttpRequest request) {
  Backoff backoff = new_backoff();
  for (;;) {
    std::optional<Failure> failure;
    try {
      co_return co_await try_once(request, nullptr);
    } catch (const Failure& f) {
      failure = f;
    }
    const bool repeatable = request.body == nullptr || request.body->rewind();
    if (!repeatable || !co_await may_retry(*failure, backoff)) throw *failure;
  }
}

asio::awaitable<bool> ApiClient::may_retry(const Failure& failure, Backoff& backoff) {
  const std::optional<Millis> wait = backoff.next(failure, std::chrono::steady_clock::now());
  if (!wait) co_return false;
  if (*wait > Millis{0}) {
    if (on_wait_) on_wait_(failure);
    co_await timers_.sleep_for(*wait);
  }
  co_return true;
}

asio::awaitable<UploadLimits> ApiClient::limits(std::int64_t expected_size) {
  const HttpResponse response = co_await call(
      make_request("GET", "/v1/limits?expected_size=" + std::to_string(expected_size)));
  co_return decode_limits(parse_json(response.body));
}

asio::awaitable<InitiateResponse> ApiClient::initiate(InitiateRequest request) {
  HttpTextBody json(encode_initiate(request));
  HttpRequest message = make_request("POST", "/v1/uploads", json, kJson);
  message.fields.push_back({"Idempotency-Key", request.idempotency_key});
  const HttpResponse response = co_await call(std::move(message));
  co_return decode_initiate(parse_json(response.body));
}

asio::awaitable<void> ApiClient::put_part(PartRequest part, HttpBody& body) {
  const std::string path = upload_path(part.upload_id) + "/parts/" + std::to_string(part.number);
  HttpRequest message = make_request("PUT", path, body, kBytes);
  message.fields.push_back({"Content-Digest", content_digest(part.crc32c)});
  co_await call(std::move(message));
}

asio::awaitable<CompleteResponse> ApiClient::complete(CompleteRequest request) {
  HttpTextBody json(encode_complete(request));
  HttpRequest message = make_request("POST", upload_path(request.upload_id) + "/complete", json, kJson);
  try {
    const HttpResponse response = co_await call(std::move(message));
    co_return decode_complete(parse_json(response.body));
  } catch (const Failure& failure) {
    if (failure.missing_chunks.empty()) throw;
    CompleteResponse missing;
    missing.state = UploadState::uploading;
    missing.missing_chunks = failure.missing_chunks;
    co_return missing;
  }
}

asio::awaitable<UploadState> ApiClient::cancel(std::string upload_id) {
  const HttpResponse response = co_await call(make_request("DELETE", upload_path(upload_id)));
  co_return decode_status(parse_json(response.body)).state;
}

asio::awaitable<UploadStatus> ApiClient::status(std::string upload_id) {
  const HttpResponse response = co_await call(make_request("GET", upload_path(upload_id)));
  co_return decode_status(parse_json(response.body));
}

asio::awaitable<Page<UploadStatus>> ApiClient::list_uploads(std::string connector, UploadState state,
                                                            std::string page_token) {
  std::string target = "/v1/uploads?state=" + to_string(state) + "&page_size=" + std::to_string(kPageSize);
  if (!connector.empty()) target += "&connector_id=" + url_segment(connector);
  if (!page_token.empty()) target += "&page_token=" + url_segment(page_token);
  const HttpResponse response = co_await call(make_request("GET", target));
  co_return decode_uploads(parse_json(response.body));
}

asio::awaitable<Node> ApiClient::put_object(std::string connector, std::string path, std::string name,
                                            HttpBody& body) {
  std::string target = "/v1/objects/" + url_segment(connector) + "/" + url_segment(name);
  if (!path.empty()) target += "?path=" + url_segment(path);
  HttpRequest message = make_request("PUT", target, body, kBytes);
  message.timeouts.answer = kWholeObjectAnswerLimit;
  const HttpResponse response = co_await call(std::move(message));
  co_return decode_node(parse_json(response.body));
}

asio::awaitable<Node> ApiClient::node(std::string node_id) {
  const HttpResponse response = co_await call(make_request("GET", node_path(node_id)));
  co_return decode_node(parse_json(response.body));
}

asio::awaitable<Node> ApiClient::delete_node(std::string node_id, bool purge) {
  const HttpResponse response = co_await call(
      make_request("DELETE", node_path(node_id) + (purge ? "?purge=true" : "")));
  co_return decode_node(parse_json(response.body));
}

asio::awaitable<Page<Node>> ApiClient::list_nodes(std::string connector, std::string path_prefix,
                                                  std::string page_token) {
  std::string target = "/v1/nodes?state=ACTIVE&page_size=" + std::to_string(kPageSize);
  if (!connector.empty()) target += "&connector_id=" + url_segment(connector);
  if (!path_prefix.empty()) target += "&path_prefix=" + url_segment(path_prefix);
  if (!page_token.empty()) target += "&page_token=" + url_segment(page_token);
  const HttpResponse response = co_await call(make_request("GET", target));
  co_return decode_nodes(parse_json(response.body));
}

asio::awaitable<HttpResponse> ApiClient::head_content(std::string node_id) {
  co_return co_await call(make_request("HEAD", node_path(node_id) + "/content"));
}

asio::awaitable<void> ApiClient::content(std::string node_id, std::int64_t offset, std::string etag,
                                         ResponseBody& sink) {
  HttpRequest message = make_request("GET", node_path(node_id) + "/content");
  if (offset > 0) {
    message.fields.push_back({"Range", "bytes=" + std::to_string(offset) + "-"});
    message.fields.push_back({"If-Range", etag});
  }
  co_await try_once(message, &sink);
}

}  // namespace longshore::cli
