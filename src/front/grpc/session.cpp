#include "front/grpc/session.h"

#include <algorithm>
#include <exception>
#include <nghttp2/nghttp2.h>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "front/common/client_address.h"
#include "front/common/public_error.h"
#include "front/grpc/call_record.h"
#include "front/grpc/methods.h"
#include "net/race.h"

namespace longshore::grpc {
namespace {

constexpr std::size_t kWriteBytes = 64 * 1024;
constexpr Millis kLastWord{2000};  // for the client to read why its connection ends

/// Finds who serves the call, and decides whether it may be taken now.
Handler admit(Call& call) {
  GrpcContext& context = call.context();
  context.limits.admit_request(call.client(), context.ports.clock.now(), call.asker());
  call.memory().hold_small(call.head().bytes(), call.asker());
  check_head(call.head());
  return find_method(call.head().path).handler;
}

Error out_of_time() {
  return Error{Reason::draining, "this server is going down, and could not wait for this call"};
}

/// What HTTP says of a call that is none.
int http_status_of(const Call& call, const Error& error) {
  constexpr int kOk = 200;
  const bool is_no_call = error.reason() == Reason::unsupported_media_type || call.head().method != "POST";
  return is_no_call && !call.head().too_large ? error_row(error.reason()).http : kOk;
}

}  // namespace

Session::Session(GrpcContext& context, boost::asio::ip::tcp::socket socket)
    : context_(context),
      socket_(std::move(socket), context.ports.timers,
              Patience(context.config.body_rate_min, context.config.idle_timeout)),
      http2_(*this) {}

Task<void> Session::run() {
  spawn(write());
  std::exception_ptr failure;
  bool cancelled = false;
  bool of_http2 = false;
  try {
    co_await read();
  } catch (const ConnectionLost&) {  // nobody is left to be told
  } catch (const Http2Failure& ended) {
    context_.ports.log.debug("a connection ended by an error of HTTP/2", {{"what", ended.what()}});
    of_http2 = true;
  } catch (const boost::system::system_error& error) {
    cancelled = error.code() == boost::asio::error::operation_aborted;
    if (!cancelled) failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  read_into_.reset();
  read_.notify();
  end_calls();
  if (of_http2 && !co_await last_word()) cancelled = true;
  over_ = true;
  output_.notify();
  socket_.close();
  co_await calls_ended(cancelled);  // whatever ended the connection: they refer to this
  if (failure) std::rethrow_exception(failure);
}

/// Lets the client read why its connection ends, although it may still be sending. False: cancelled.
Task<bool> Session::last_word() {
  ending_ = true;
  output_.notify();
  try {
    if (writing_) co_await ends_within(context_.ports.timers, kLastWord, written_.wait());
    if (!writing_) co_await socket_.linger();
    co_return true;
  } catch (const boost::system::system_error&) {
    co_return false;
  }
}

void Session::end_calls() {
  for (const auto& [_, call] : std::exchange(open_, {})) call->closed();
}

/// Waits for all that was spawned; a drain that is out of time does not.
Task<void> Session::calls_ended(bool cancelled) {
  gate_.close();
  for (;;) {
    if (cancelled) gate_.cancel();
    try {
      co_return co_await gate_.drained();
    } catch (const boost::system::system_error&) {
      cancelled = true;
    }
  }
}

void Session::spawn(Task<void> work) {
  gate_.spawn(socket_.executor(), std::move(work), [this](const std::exception_ptr&) {
    socket_.shut_down();
    written_.notify();
  });
}

// ---- the connection

Task<void> Session::read() {
  for (;;) {
    const auto now = time_.now();
    if (now >= patience_ends() && !goes_on_after(now)) co_return;
    const auto limit = std::chrono::ceil<Millis>(std::max(patience_ends() - now, Steady::duration::zero()));
    if (!co_await socket_.wait_readable(limit)) continue;

    for (;;) {
      co_await next_buffer();
      std::size_t bytes = 0;
      const ClientSocket::Read result = socket_.try_read(read_into_->bytes(), bytes);
      if (result == ClientSocket::Read::ended) co_return;
      if (result == ClientSocket::Read::nothing_now) break;
      heard_ = time_.now();
      pinged_ = false;
      co_await feed(read_into_->bytes().first(bytes));
      if (time_.now() >= patience_ends()) break;               // however much it sends
      co_await boost::asio::post(boost::asio::use_awaitable);  // those that were waiting for these bytes
    }
    read_into_.reset();
  }
}

/// Has one to read into, of which nobody else has a part.
Task<void> Session::next_buffer() {
  if (read_into_ && read_into_.use_count() == 1) co_return;
  read_into_.reset();
  const ReadingTime::Pause pause(time_);
  read_into_ = std::make_shared<BufferPool::Buffer>(co_await context_.ports.buffers.acquire());
}

Task<void> Session::feed(ByteView bytes) {
  for (;;) {
    const auto header_before = http2_.header_of();
    bytes = bytes.subspan(http2_.receive(bytes));
    output_.notify();
    if (http2_.header_of() != header_before) header_since_ = heard_;
    if (const auto full = std::exchange(full_, nullptr)) {
      const ReadingTime::Pause pause(time_);
      co_await full->inbox().has_room();
    } else if (bytes.empty()) {
      co_return;
    }
  }
}

Task<void> Session::write() {
  std::string out;
  while (!over_) {
    out.clear();
    http2_.take_output(out, kWriteBytes);
    if (!out.empty()) {
      co_await socket_.write(as_bytes(out));
    } else if (ending_ || http2_.is_over()) {
      break;
    } else {
      co_await output_.wait();
    }
  }
  writing_ = false;
  written_.notify();
  if (over_ || ending_) co_return;
  socket_.end_sending();
  co_await ends_within(context_.ports.timers, kLastWord, read_.wait());  // the client reads, and closes
  socket_.shut_down();
}

/// When the client has to have shown some sign of life, or to have got on.
Session::Steady::time_point Session::patience_ends() const {
  const GrpcConfig& config = context_.config;
  if (!http2_.is_established()) return accepted_ + config.header_timeout;
  if (http2_.header_of()) return header_since_ + config.header_timeout;
  if (open_.empty()) return quiet_since_ + config.idle_timeout;
  return heard_ + (pinged_ ? config.idle_timeout : config.idle_timeout / 2);
}

/// What to do when it has not. False: nothing helps.
bool Session::goes_on_after(Steady::time_point now) {
  if (!http2_.is_established() || http2_.header_of()) return false;
  if (open_.empty()) {
    http2_.refuse_new_streams();
    quiet_since_ = now;  // to take that
  } else if (!std::exchange(pinged_, true)) {
    http2_.ping();
  } else {
    return false;
  }
  output_.notify();
  return true;
}

void Session::announce_end() {
  http2_.announce_end();
  output_.notify();
}

void Session::refuse_new_calls() {
  http2_.refuse_new_streams();
  output_.notify();
}

// ---- calls

void Session::break_off() {
  const Error draining = out_of_time();
  for (const auto& [_, call] : open_) call->finish(to_status(draining, call->request_id()));
}

bool Session::on_request(StreamId stream, RequestHead head) {
  const auto client = client_address(socket_.remote_address(), head.metadata,
                                     context_.config.trusted_proxies);
  const Call::Origin origin{context_, http2_, output_, time_, alive_, client};
  ClientShares::Share place;
  if (alive_ > 0) place = context_.connections->take(client);
  const bool is_one_too_many = alive_ > 0 && !place;
  auto call = std::make_shared<Call>(origin, stream, std::move(head), std::move(place));
  // Beyond kStreamsMax: some were cut off, and are not at their ends yet.
  if (is_one_too_many || alive_ > static_cast<int>(Http2Session::kStreamsMax)) {
    record_call(*call, GrpcCode::unavailable, Error{Reason::busy, "too many calls at a time"});
    return false;
  }
  open_[stream] = call;
  if (call->has_deadline()) spawn(watch_deadline(call));
  spawn(serve(std::move(call)));
  return true;
}

bool Session::on_data(StreamId stream, ByteView bytes) {
  const auto found = open_.find(stream);
  if (found == open_.end() || found->second->inbox().receive(bytes, read_into_)) return true;
  full_ = found->second;
  return false;
}

void Session::on_request_end(StreamId stream) {
  const auto found = open_.find(stream);
  if (found != open_.end()) found->second->inbox().end();
}

void Session::on_sent(StreamId stream) {
  const auto found = open_.find(stream);
  if (found != open_.end()) found->second->sent();
}

void Session::on_closed(StreamId stream) {
  const auto found = open_.find(stream);
  if (found == open_.end()) return;
  const auto call = std::move(found->second);
  open_.erase(found);
  call->closed();
  if (open_.empty()) quiet_since_ = time_.now();
}

Task<void> Session::serve(std::shared_ptr<Call> call) {
  std::optional<Error> error;
  try {
    error = co_await handle(*call);
    if (error) {
      call->finish(to_status(*error, call->request_id()), http_status_of(*call, *error));
    } else {
      call->finish({});
    }
    co_await call->delivered();
  } catch (const boost::system::system_error&) {  // a drain that is out of time
    const Error draining = out_of_time();
    call->finish(to_status(draining, call->request_id()));
    record_call(*call, call->answered(), error ? error : draining);
    throw;
  }
  record_call(*call, call->answered(), error);
}

/// What goes wrong with the call becomes an error to be answered.
Task<std::optional<Error>> Session::handle(Call& call) {
  try {
    const Handler handler = admit(call);
    co_await handler(call);
  } catch (...) {
    co_return public_error(std::current_exception(), context_.ports.log, call.request_id());
  }
  co_return std::nullopt;
}

Task<void> Session::watch_deadline(std::shared_ptr<Call> call) { co_await call->watch_deadline(); }

}  // namespace longshore::grpc
