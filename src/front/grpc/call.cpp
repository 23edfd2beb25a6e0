#include "front/grpc/call.h"

#include <algorithm>
#include <utility>

#include "front/common/request_identity.h"
#include "front/grpc/chunk_decoder.h"
#include "net/race.h"

namespace longshore::grpc {
namespace {

constexpr int kHttpOk = 200;

/// nullopt also where what stands there is refused later (check_head).
std::optional<Call::Steady::time_point> deadline_of(const RequestHead& head, Call::Steady::time_point now) {
  try {
    const auto timeout = timeout_of(head);
    constexpr Millis kLongest = std::chrono::hours{24 * 365};  // so that the sum stays in range
    if (timeout) return now + std::min(*timeout, kLongest);
  } catch (const Error&) {
  }
  return std::nullopt;
}

ClientLimits::Asker asker_of(const RequestHead& head) {
  using enum ClientLimits::Asker;
  return head.path.starts_with("/grpc.health.") ? probe : client;
}

Patience patience_of(const GrpcConfig& config) { return {config.body_rate_min, config.idle_timeout}; }

std::string framed(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  const auto byte = [size](unsigned shift) { return static_cast<char>(size >> shift & 0xFFU); };
  std::string bytes;
  bytes.reserve(kPrefixBytes + size);
  bytes.assign({'\0', byte(24), byte(16), byte(8), byte(0)});
  message.AppendToString(&bytes);
  return bytes;
}

}  // namespace

Call::Call(const Origin& origin, StreamId stream, RequestHead head, ClientShares::Share place)
    : origin_(origin),
      stream_(stream),
      head_(std::move(head)),
      asker_(asker_of(head_)),
      request_id_(request_id_of(head_.metadata, origin.context.ports.random)),
      started_(Steady::now()),
      deadline_(deadline_of(head_, started_)),
      counted_(origin.context.calls),
      of_connection_(origin.alive),
      memory_(origin.context.limits, origin.client),
      place_(std::move(place)),
      inbox_({.buffers = origin.context.ports.buffers,
              .small = {origin.context.limits.small_memory(asker_), origin.client},
              .timers = origin.context.ports.timers,
              .time = origin.time},
             *this, patience_of(origin.context.config)) {}

void Call::open(std::int32_t bytes) {
  origin_.http2.open_window(stream_, bytes);
  origin_.output.notify();
}

void Call::give_back(std::size_t bytes) {
  if (bytes == 0) return;
  origin_.http2.give_back(stream_, bytes);
  origin_.output.notify();
}

Fields Call::answer_head(int http_status) const {
  return {{":status", std::to_string(http_status)},
          {"content-type", "application/grpc"},
          {"grpc-accept-encoding", "identity"},
          {"x-request-id", request_id_}};
}

Task<void> Call::send(const google::protobuf::MessageLite& message) {
  co_await all_is_sent();
  if (!is_open()) co_return;
  unsent_ = context().limits.admit_answer(client(), static_cast<std::int64_t>(message.ByteSizeLong()),
                                          asker_);
  if (!std::exchange(head_sent_, true)) origin_.http2.send_head(stream_, answer_head(kHttpOk));
  origin_.http2.send_data(stream_, framed(message));
  origin_.output.notify();
}

void Call::sent() {
  if (origin_.http2.unsent(stream_) == 0) unsent_ = {};
  changed_.notify();
}

void Call::finish(const Status& status, int http_status) {
  if (!is_open()) return;
  answered_ = status.code;
  Fields trailers = to_trailers(status);
  if (head_sent_) {
    origin_.http2.send_trailers(stream_, std::move(trailers));
  } else {
    Fields head = answer_head(http_status);
    head.insert(head.end(), trailers.begin(), trailers.end());
    origin_.http2.send_head_alone(stream_, head);
  }
  inbox_.close({Reason::body_cut_off, "the call was answered before all of its request was taken"});
  changed_.notify();
  origin_.output.notify();
}

Task<void> Call::all_is_sent() {
  Patience patience = patience_of(context().config);
  while (!closed_ && origin_.http2.unsent(stream_) > 0) {
    const std::size_t before = origin_.http2.unsent(stream_);
    co_await wait_for_client(changed_, patience, origin_.time, context().ports.timers);
    patience.moved(static_cast<std::int64_t>(before - origin_.http2.unsent(stream_)));
    if (patience.left() <= Millis{0})
      throw Error{Reason::request_timeout, "the answer was not taken in time"};
  }
}

Task<void> Call::delivered() {
  bool in_time = true;
  try {
    co_await all_is_sent();
  } catch (const Error&) {
    in_time = false;
  }
  // What is left is the trailers, which no window holds up.
  while (in_time && !closed_)
    in_time = co_await ends_within(context().ports.timers, context().config.idle_timeout, changed_.wait());
  if (closed_) co_return;
  origin_.http2.cancel(stream_);
  origin_.output.notify();
}

Task<void> Call::over() {
  while (is_open()) co_await changed_.wait();
}

Task<void> Call::watch_deadline() {
  while (is_open()) {
    const auto left = std::chrono::ceil<Millis>(*deadline_ - Steady::now());
    if (left <= Millis{0}) {
      const Error late{Reason::request_timeout, "the call's deadline is over"};
      inbox_.close(late);
      co_return finish(to_status(late, request_id_));
    }
    co_await ends_within(context().ports.timers, left, changed_.wait());
  }
}

void Call::closed() {
  closed_ = true;
  unsent_ = {};
  inbox_.cut_off({Reason::body_cut_off, "the client went away after " + std::to_string(inbox_.received()) +
                                            " bytes; nothing was stored"});
  changed_.notify();
}

void Call::becomes_watcher() {
  watching_ = context().limits.admit_watcher(client());
  counted_.move_to(context().watchers);
}

}  // namespace longshore::grpc
