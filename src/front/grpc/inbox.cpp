#include "front/grpc/inbox.h"

#include <string>
#include <utility>

#include "front/common/client_limits.h"
#include "front/grpc/http2_session.h"

namespace longshore::grpc {
namespace {

Error cut_off_after(std::int64_t bytes) {
  return Error{Reason::body_cut_off,
               "the message ended early, after " + std::to_string(bytes) + " bytes; nothing was stored"};
}

Error too_much() {
  return Error{Reason::invalid_request,
               "there are more bytes than the message announced; nothing was stored"};
}

}  // namespace

Inbox::Inbox(Resources resources, StreamWindow& window, Patience patience)
    : resources_(std::move(resources)), window_(window), patience_(patience) {}

// ---- the session's side

bool Inbox::receive(ByteView bytes, const std::shared_ptr<BufferPool::Buffer>& read) {
  if (failure_ || mode_ == Mode::closed) return true;
  received_ += static_cast<std::int64_t>(bytes.size());
  switch (mode_) {
    case Mode::first:
      if (!receive_first(bytes)) fail(ClientLimits::small_memory_in_use());
      break;
    case Mode::held:
      receive_held(bytes);
      return true;  // nobody looks before it is whole
    case Mode::relayed:
      full_ = !receive_relayed(bytes, read);
      break;
    case Mode::closed:
      break;
  }
  changed_.notify();
  return !full_;
}

/// False: there is no memory.
bool Inbox::receive_first(ByteView bytes) {
  if (received_ - given_back_ > Http2Session::kFirstWindowBytes)
    return first_.append(resources_.small, bytes);
  first_.append(bytes);
  return true;
}

void Inbox::receive_held(ByteView bytes) {
  if (static_cast<std::int64_t>(bytes.size()) > held_left_) return fail(too_much());
  held_left_ -= static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (pieces_.empty()) pieces_.push_back(room_.take());
    const std::size_t taken = pieces_.back().append(bytes);
    if (taken == 0) pieces_.push_back(room_.take());
    bytes = bytes.subspan(taken);
  }
  if (held_left_ == 0) changed_.notify();
}

/// False: it took the last resort.
bool Inbox::receive_relayed(ByteView bytes, const std::shared_ptr<BufferPool::Buffer>& read) {
  if (!pieces_.empty()) bytes = bytes.subspan(pieces_.back().append(bytes));
  while (!bytes.empty()) {
    BufferPool::Buffer buffer = resources_.buffers.try_acquire();
    if (!buffer) {
      pieces_.emplace_back(read, bytes);
      return false;
    }
    pieces_.emplace_back(std::move(buffer));
    bytes = bytes.subspan(pieces_.back().append(bytes));
  }
  return true;
}

void Inbox::end() {
  ended_ = true;
  changed_.notify();
}

void Inbox::cut_off(Error why) {
  if (!ended_) fail(std::move(why));  // else all is there, and what it asks for is done
}

void Inbox::fail(Error why) {
  if (!failure_) failure_ = std::move(why);
  full_ = false;
  changed_.notify();
}

void Inbox::close(Error why) {
  if (!failure_) failure_ = std::move(why);
  mode_ = Mode::closed;
  first_ = {};
  pieces_.clear();
  room_ = {};
  full_ = false;
  changed_.notify();
}

Task<void> Inbox::has_room() {
  while (full_) co_await changed_.wait();
}

// ---- the call's side

Task<Piece> Inbox::next() {
  for (;;) {
    if (failure_) throw_failure();
    take_small();
    if (!pieces_.empty()) {
      Piece piece = std::move(pieces_.front());
      pieces_.pop_front();
      if (std::exchange(full_, false)) changed_.notify();
      co_return piece;
    }
    if (ended_) co_return Piece{};
    co_await wait();
  }
}

void Inbox::take_small() {
  if (first_.empty()) return;
  pieces_.emplace_back(std::exchange(first_, {}));
}

Task<std::vector<Piece>> Inbox::hold(MessageRoom room, std::int64_t bytes) {
  if (failure_) throw_failure();
  take_small();
  std::int64_t there = 0;
  for (Piece& piece : pieces_) there += std::ssize(piece.bytes());
  if (there > bytes) throw too_much();
  mode_ = Mode::held;
  room_ = std::move(room);
  held_left_ = bytes - there;
  // One more than all, so that a client that sends more is noticed.
  const std::int64_t all = received_ + held_left_ + 1;
  if (all > Http2Session::kFirstWindowBytes) window_.open(static_cast<std::int32_t>(all));
  while (held_left_ > 0) {
    if (ended_) throw cut_off_after(received_);
    co_await wait();
  }
  if (failure_) throw_failure();
  std::vector<Piece> message(std::make_move_iterator(pieces_.begin()),
                             std::make_move_iterator(pieces_.end()));
  pieces_.clear();
  co_return message;
}

void Inbox::relay() {
  take_small();
  mode_ = Mode::relayed;
  window_.open(kRelayWindowBytes);
}

void Inbox::give_back(std::size_t bytes) {
  given_back_ += static_cast<std::int64_t>(bytes);
  window_.give_back(bytes);
}

Task<void> Inbox::expect_end() {
  for (;;) {
    if (failure_) throw_failure();
    if (!first_.empty() || !pieces_.empty()) throw too_much();
    if (ended_) co_return;
    co_await wait();
  }
}

void Inbox::throw_failure() const { throw Error(*failure_); }

/// Until something changes; throws when it takes too long.
Task<void> Inbox::wait() {
  const std::int64_t before = received_;
  co_await wait_for_client(changed_, patience_, resources_.time, resources_.timers);
  if (failure_) throw_failure();
  patience_.moved(received_ - before);
  if (patience_.left() <= Millis{0})
    fail({Reason::request_timeout, "the message came too slowly, or not at all; nothing was stored"});
  if (failure_) throw_failure();
}

}  // namespace longshore::grpc
