#include "apps/longshore/api_client.h"

#include <algorithm>
#include <array>

#include "apps/longshore/api_json.h"
#include "apps/longshore/text.h"
#include "base/hash.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

/// As many connections as parts may ever be sent at a time (options.h bounds --parallel).
constexpr std::size_t kMaxIdleConnections = 64;
/// A server that names a longer wait is waited for no longer than this; then it is asked again.
constexpr Millis kLongestRetryAfter{60'000};
/// The answer to a body of unknown length comes when the object is whole: the store may take that long.
constexpr Millis kWholeObjectAnswerLimit{1'200'000};
/// As large as HttpConnection::kMaxBufferedBody has room for, however rich the entries are.
constexpr int kPageSize = 100;

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

ApiClient::ApiClient(ClientOptions options, Timers& timers, Random& random)
    : options_(std::move(options)), timers_(timers), random_(random), tls_(make_tls_context()) {}

HttpRequest ApiClient::make_request(const char* method, const std::string& path) const {
  HttpRequest request{.method = method, .target = options_.server.prefix + path};
  request.fields.emplace_back("User-Agent", "longshore");
  if (!options_.token.empty()) request.fields.emplace_back("Authorization", "Bearer " + options_.token);
  return request;
}

HttpRequest ApiClient::make_json_request(const char* method, const std::string& path,
                                         std::string body) const {
  HttpRequest request = make_request(method, path);
  request.fields.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

asio::awaitable<std::unique_ptr<HttpConnection>> ApiClient::take_connection() {
  if (idle_.empty()) co_return co_await connect(options_.server, timers_, tls_);
  std::unique_ptr<HttpConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  co_return connection;
}

void ApiClient::keep_connection(std::unique_ptr<HttpConnection> connection) {
  if (connection->reusable() && idle_.size() < kMaxIdleConnections) idle_.push_back(std::move(connection));
}

asio::awaitable<HttpResponse> ApiClient::try_once(const HttpRequest& request, ResponseBody* sink) {
  std::unique_ptr<HttpConnection> connection = co_await take_connection();
  HttpResponse response;
  try {
    response = co_await connection->exchange(request, sink);
  } catch (Failure& failure) {
    if (failure.reason == reasons::kServerUnreachable && connection->used_before())
      failure.cure = Failure::Cure::at_once;
    throw;
  }
  keep_connection(std::move(connection));
  if (response.status / 100 != 2) throw failure_from(response);
  co_return response;
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
    const bool repeatable = request.stream == nullptr || request.stream->rewind();
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
  HttpRequest message = make_json_request("POST", "/v1/uploads", encode_initiate(request));
  message.fields.emplace_back("Idempotency-Key", request.idempotency_key);
  const HttpResponse response = co_await call(std::move(message));
  co_return decode_initiate(parse_json(response.body));
}

asio::awaitable<void> ApiClient::put_part(PartRequest part, UploadStream& body) {
  HttpRequest message = make_request("PUT",
                                     upload_path(part.upload_id) + "/parts/" + std::to_string(part.number));
  message.fields.emplace_back("Content-Type", "application/octet-stream");
  message.fields.emplace_back("Content-Digest", content_digest(part.crc32c));
  message.stream = &body;
  co_await call(std::move(message));
}

asio::awaitable<CompleteResponse> ApiClient::complete(CompleteRequest request) {
  HttpRequest message = make_json_request("POST", upload_path(request.upload_id) + "/complete",
                                          encode_complete(request));
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
                                            UploadStream& body) {
  std::string target = "/v1/objects/" + url_segment(connector) + "/" + url_segment(name);
  if (!path.empty()) target += "?path=" + url_segment(path);
  HttpRequest message = make_request("PUT", target);
  message.fields.emplace_back("Content-Type", "application/octet-stream");
  message.stream = &body;
  message.answer_limit = kWholeObjectAnswerLimit;
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
    message.fields.emplace_back("Range", "bytes=" + std::to_string(offset) + "-");
    message.fields.emplace_back("If-Range", etag);
  }
  co_await try_once(message, &sink);
}

}  // namespace longshore::cli
