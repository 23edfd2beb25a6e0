#include "net/http_client.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "net/dial.h"
#include "net/gate.h"
#include "net/http_answer_body.h"
#include "net/http_exchange.h"
#include "net/http_outgoing_body.h"
#include "net/http_pool.h"
#include "net/race.h"
#include "net/tls_context.h"

namespace longshore {

namespace asio = boost::asio;
using Io = Channel::Io;

namespace {

constexpr std::size_t kCollectStepBytes = 16 * 1024;
/// A new connection may be closed too, while the first piece of a body is waited for.
constexpr int kDialsMax = 2;

asio::awaitable<void> dial_into(std::unique_ptr<Channel>& out, const HttpRequest& request,
                                const TlsContext& tls) {
  out = co_await dial(request.endpoint, tls);
}

}  // namespace

// ---- the answer

struct HttpAnswer::State {
  State(HttpPool::Lease given, AnswerHead answer_head, const AnswerFraming& framing)
      : lease(std::move(given)),
        head(std::move(answer_head)),
        body(*lease.connection, framing),
        keep_alive(framing.keep_alive) {}

  [[nodiscard]] bool is_open() const;
  Io read(MutableBytes out, std::size_t& bytes);
  asio::awaitable<void> wait(Io wanted);
  asio::awaitable<bool> gather(std::string& text, std::size_t bytes_max);
  void end_if_whole();
  [[noreturn]] void fail(HttpFailure failure, const std::string& what);

  HttpPool::Lease lease;  // empty when the body has ended, well or not
  AnswerHead head;
  AnswerBody body;  // of the lease's connection
  bool keep_alive;
  bool came_early = false;
  bool had_no_go_ahead = false;
  std::string server;
  Millis stall{0};
  Timers* timers = nullptr;
  BufferPool* buffers = nullptr;
  BufferPool::Buffer buffer;
  std::optional<HttpError> failure;
};

void HttpAnswer::State::fail(HttpFailure kind, const std::string& what) {
  lease = {};
  buffer = {};
  failure.emplace(kind, HttpError::Sent::all, server + " " + what);
  throw HttpError(*failure);
}

void HttpAnswer::State::end_if_whole() {
  if (!lease || !body.at_end()) return;
  const bool reusable = keep_alive && !came_early && lease.connection->is_clean();
  if (reusable) lease.give_back();
  lease = {};
}

/// There may be more to read. Throws what broke the answer.
bool HttpAnswer::State::is_open() const {
  if (failure) throw HttpError(*failure);
  return static_cast<bool>(lease);
}

/// moved, wants_..., or ended: all of it was read.
Io HttpAnswer::State::read(MutableBytes out, std::size_t& bytes) {
  bytes = 0;
  if (!is_open()) return Io::ended;
  Io result = Io::failed;
  try {
    result = body.try_read(out, bytes);
  } catch (const ChunkFault& fault) {
    fail(HttpFailure::malformed, std::string("sends a malformed answer: ") + fault.what());
  }
  if (result == Io::failed) fail(HttpFailure::lost, "broke off in its answer");
  end_if_whole();
  return result;
}

asio::awaitable<void> HttpAnswer::State::wait(Io wanted) {
  if (!co_await lease.connection->wait(wanted, stall))
    fail(HttpFailure::timeout, "sent nothing for " + std::to_string(stall.count()) + " ms, in its answer");
}

/// False: there is more than `bytes_max`.
asio::awaitable<bool> HttpAnswer::State::gather(std::string& text, std::size_t bytes_max) {
  std::vector<std::byte> step(kCollectStepBytes);
  for (;;) {
    std::size_t bytes = 0;
    const Io result = read(step, bytes);
    const std::size_t taken = std::min(bytes, bytes_max - text.size());
    text += as_text(std::span(step).first(taken));
    if (taken < bytes) co_return false;
    if (result == Io::ended) co_return true;
    if (result != Io::moved) co_await wait(result);
  }
}

HttpAnswer::HttpAnswer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpAnswer::HttpAnswer(HttpAnswer&&) noexcept = default;
HttpAnswer& HttpAnswer::operator=(HttpAnswer&&) noexcept = default;
HttpAnswer::~HttpAnswer() = default;

int HttpAnswer::status() const { return state_->head.status; }
const HttpFields& HttpAnswer::fields() const { return state_->head.fields; }
const std::string* HttpAnswer::find(std::string_view name) const {
  return find_field(state_->head.fields, name);
}
bool HttpAnswer::came_early() const { return state_->came_early; }
bool HttpAnswer::had_no_go_ahead() const { return state_->had_no_go_ahead; }

asio::awaitable<ByteView> HttpAnswer::next() {
  State& state = *state_;
  while (state.is_open()) {
    if (!state.buffer) state.buffer = co_await state.buffers->acquire();
    std::size_t bytes = 0;
    const Io result = state.read(state.buffer.bytes(), bytes);
    if (result == Io::moved) co_return state.buffer.bytes().first(bytes);
    state.buffer = {};
    if (result != Io::ended) co_await state.wait(result);
  }
  state.buffer = {};
  co_return ByteView{};
}

void HttpAnswer::release() { state_->buffer = {}; }

asio::awaitable<std::string> HttpAnswer::collect(std::size_t bytes_max) {
  std::string text;
  if (!co_await state_->gather(text, bytes_max))
    state_->fail(HttpFailure::too_large, "answers with more than " + std::to_string(bytes_max) + " bytes");
  co_return text;
}

asio::awaitable<std::string> HttpAnswer::collect_some(std::size_t bytes_max) {
  std::string text;
  try {
    co_await state_->gather(text, bytes_max);
  } catch (const HttpError&) {  // what came before will do
  }
  state_->lease = {};
  co_return text;
}

// ---- the client

struct HttpClient::State {
  State(const HttpClientOptions& given, BufferPool& pool, Timers& time)
      : pool_options{.connections_max = given.connections_max,
                     .for_quick_max = given.for_quick_max,
                     .idle_limit = given.idle_limit},
        tls(given.ca_file),
        buffers(pool),
        timers(time) {}

  std::shared_ptr<HttpPool> pool_of(const asio::any_io_executor& executor, const HttpEndpoint& endpoint);
  asio::awaitable<std::unique_ptr<HttpConnection>> connect(const HttpRequest& request);
  HttpAnswer make_answer(HttpPool::Lease lease, AnswerHead head, const HttpRequest& request,
                         const HttpExchange& exchange);

  using PoolKey = std::pair<const asio::execution_context*, HttpEndpoint>;

  const HttpPool::Options pool_options;
  const TlsContext tls;
  BufferPool& buffers;
  Timers& timers;
  Gate gate;
  std::mutex mutex;  // of the map; each pool is used on its loop
  std::map<PoolKey, std::shared_ptr<HttpPool>> pools;
};

std::shared_ptr<HttpPool> HttpClient::State::pool_of(const asio::any_io_executor& executor,
                                                     const HttpEndpoint& endpoint) {
  const asio::execution_context& loop = asio::query(executor, asio::execution::context);
  const std::lock_guard lock(mutex);
  auto& pool = pools[{&loop, endpoint}];
  if (!pool) pool = std::make_shared<HttpPool>(executor, pool_options, timers, gate);
  return pool;
}

asio::awaitable<std::unique_ptr<HttpConnection>> HttpClient::State::connect(const HttpRequest& request) {
  std::unique_ptr<Channel> channel;
  if (!co_await ends_within(timers, request.timeouts.connect, dial_into(channel, request, tls))) {
    throw HttpError{HttpFailure::unreachable, HttpError::Sent::nothing,
                    request.endpoint.authority() + " cannot be reached within " +
                        std::to_string(request.timeouts.connect.count()) + " ms"};
  }
  co_return std::make_unique<HttpConnection>(std::move(channel), timers);
}

HttpAnswer HttpClient::State::make_answer(HttpPool::Lease lease, AnswerHead head, const HttpRequest& request,
                                          const HttpExchange& exchange) {
  const std::string server = request.endpoint.authority();
  const auto framing = decide_framing(head, request.method == "HEAD");
  if (!framing) {
    throw HttpError{HttpFailure::malformed,
                    exchange.came_early() ? HttpError::Sent::part : HttpError::Sent::all,
                    server + " sends an answer whose end cannot be known"};
  }
  auto state = std::make_unique<HttpAnswer::State>(std::move(lease), std::move(head), *framing);
  state->came_early = exchange.came_early();
  state->had_no_go_ahead = exchange.had_no_go_ahead();
  state->server = server;
  state->stall = request.timeouts.stall;
  state->timers = &timers;
  state->buffers = &buffers;
  state->end_if_whole();
  return HttpAnswer(std::move(state));
}

HttpClient::HttpClient(HttpClientOptions options, BufferPool& buffers, Timers& timers)
    : state_(std::make_shared<State>(options, buffers, timers)) {}

HttpClient::~HttpClient() = default;

asio::awaitable<HttpAnswer> HttpClient::send(HttpRequest request) {
  const auto state = state_;
  const auto pool = state->pool_of(co_await asio::this_coro::executor, request.endpoint);
  HttpPool::Lease lease = co_await pool->acquire(request.pace, request.timeouts.place);
  if (!lease) {
    throw HttpError{HttpFailure::busy, HttpError::Sent::nothing,
                    "all connections to " + request.endpoint.authority() + " are in use"};
  }
  HttpOutgoingBody body(request.body);
  int dialled = 0;
  for (bool pooled = lease.connection != nullptr;; pooled = false) {
    if (!pooled) {
      lease.connection = co_await state->connect(request);
      ++dialled;
    }
    HttpExchange exchange(request, body, *lease.connection, pooled, state->timers);
    try {
      AnswerHead head = co_await exchange.run();
      co_return state->make_answer(std::move(lease), std::move(head), request, exchange);
    } catch (const HttpError& error) {
      if (error.failure() != HttpFailure::lost || dialled == kDialsMax || !exchange.prepare_second_try())
        throw;
    }
  }
}

asio::awaitable<void> HttpClient::close() {
  state_->gate.close();
  state_->gate.cancel();
  co_await state_->gate.drained();
}

}  // namespace longshore
