#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/api_types.h"
#include "apps/longshore/backoff.h"
#include "apps/longshore/http_response.h"
#include "apps/longshore/server_url.h"
#include "net/buffer_pool.h"
#include "net/http_client.h"

namespace longshore::cli {

/// Which server, as whom, and how patiently.
struct ClientOptions {
  ServerUrl server;
  std::string token;  // "" = none
  RetryLimits retry;
};

/// One part on its way. None is ever announced as the last one: the server would complete the upload by
/// itself when it has all parts, without the checksum of the whole that complete() brings.
struct PartRequest {
  std::string upload_id;
  std::int64_t number = 0;
  std::uint32_t crc32c = 0;
};

/// The public HTTP API, one function a call. Every call tries again what can succeed later, within the
/// RetryLimits, so a restart of the server goes unnoticed; all of them may be repeated (initiate by its key,
/// the others by their nature), but for a body that cannot be rewound. Calls may run side by side, each on a
/// connection of its own; connections are kept for the next call. On the loop's thread. Every call throws
/// Failure.
class ApiClient {
 public:
  /// Told of each wait before another try; the failure says what for.
  using WaitObserver = std::function<void(const Failure&)>;

  ApiClient(ClientOptions options, Timers& timers, Random& random);

  /// The one that was told so far.
  WaitObserver observe_waits(WaitObserver observer) { return std::exchange(on_wait_, std::move(observer)); }

  boost::asio::awaitable<UploadLimits> limits(std::int64_t expected_size);
  boost::asio::awaitable<InitiateResponse> initiate(InitiateRequest request);
  boost::asio::awaitable<void> put_part(PartRequest part, HttpBody& body);
  boost::asio::awaitable<CompleteResponse> complete(CompleteRequest request);
  boost::asio::awaitable<UploadState> cancel(std::string upload_id);
  boost::asio::awaitable<UploadStatus> status(std::string upload_id);
  boost::asio::awaitable<Page<UploadStatus>> list_uploads(std::string connector, UploadState state,
                                                          std::string page_token);

  boost::asio::awaitable<Node> put_object(std::string connector, std::string path, std::string name,
                                          HttpBody& body);
  boost::asio::awaitable<Node> node(std::string node_id);
  boost::asio::awaitable<Node> delete_node(std::string node_id, bool purge);
  boost::asio::awaitable<Page<Node>> list_nodes(std::string connector, std::string path_prefix,
                                                std::string page_token);

  /// The entity tag and length of a node's bytes, without them.
  boost::asio::awaitable<HttpResponse> head_content(std::string node_id);
  /// A node's bytes from `offset` on, as long as they are those of `etag`: 206, else 200 from the front. One
  /// try only: the caller knows how far it came and asks for the rest.
  boost::asio::awaitable<void> content(std::string node_id, std::int64_t offset, std::string etag,
                                       ResponseBody& sink);

  /// Waits until it is time for another try after `failure`. False: give up.
  boost::asio::awaitable<bool> may_retry(const Failure& failure, Backoff& backoff);
  [[nodiscard]] Backoff new_backoff() { return {options_.retry, random_}; }

  /// Ends the connections that are kept for the next call.
  boost::asio::awaitable<void> close() { return http_.close(); }

 private:
  boost::asio::awaitable<HttpResponse> call(HttpRequest request);
  boost::asio::awaitable<HttpResponse> try_once(const HttpRequest& request, ResponseBody* sink);
  [[nodiscard]] HttpRequest make_request(const char* method, const std::string& path) const;
  [[nodiscard]] HttpRequest make_request(const char* method, const std::string& path, HttpBody& body,
                                         const char* type) const;

  ClientOptions options_;
  Timers& timers_;
  Random& random_;
  BufferPool buffers_;
  HttpClient http_;
  WaitObserver on_wait_;
};

// Which answers, and which lack of an answer, the same request may turn into a success later. Pure.
Failure failure_from(const HttpResponse& response);
Failure failure_from(const HttpError& error);

}  // namespace longshore::cli
