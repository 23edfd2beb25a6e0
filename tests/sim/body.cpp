#include "tests/sim/body.h"

#include <algorithm>
#include <cstring>

namespace longshore::sim {

namespace {

/// A front's idle deadline: after so long without a byte the request is over.
constexpr Millis kIdleTimeout = std::chrono::seconds{60};

}  // namespace

std::optional<std::int64_t> ClientBody::length() const {
  return sending_.length_known ? std::optional(sending_.announced) : std::nullopt;
}

Task<ByteView> ClientBody::next() {
  if (failed_) co_return ByteView{};
  buffer_ = {};  // none is held while waiting for bytes
  if (sending_.pause_max > Millis{0}) co_await world_.sleep(dice_.between(Millis{0}, sending_.pause_max));
  const std::size_t end = std::min(sending_.bytes.size(), sending_.stops_at.value_or(sending_.bytes.size()));
  if (sent_ == end && sending_.stops_at) {
    failed_ = true;
    if (sending_.cut) throw Error(Reason::body_cut_off, "the client has gone");
    co_await world_.sleep(kIdleTimeout);
    throw Error(Reason::request_timeout, "no bytes for too long");
  }
  if (sent_ == end) co_return ByteView{};
  const std::size_t size = static_cast<std::size_t>(dice_.between(1, static_cast<std::int64_t>(end - sent_)));
  buffer_ = co_await buffers_.acquire();
  std::memcpy(buffer_.bytes().data(), sending_.bytes.data() + sent_, size);
  sent_ += size;
  co_return buffer_.bytes().first(size);
}

}  // namespace longshore::sim
