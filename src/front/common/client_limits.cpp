#include "front/common/client_limits.h"

#include <limits>
#include <stdexcept>

#include "net/memory_shares.h"

namespace longshore {
namespace {

std::int64_t small_bytes(const BufferPool& buffers) {
  return memory_shares::of(buffers.budget_bytes(), memory_shares::kSmallMessages);
}

/// What of all may be reserved is the pool's business.
ClientShares::Caps reservations(const BufferPool& buffers) {
  return {.all = std::numeric_limits<std::int64_t>::max(),
          .each = buffers.reservable_bytes() / ClientShares::kClientPart};
}

}  // namespace

ClientLimits::ClientLimits(BufferPool& buffers, const Config& config)
    : small_share_(buffers.set_aside(small_bytes(buffers))),
      watchers_max_(config.watchers_max),
      connections_(ClientShares::of(config.connections_max)),
      small_memory_(ClientShares::of(small_bytes(buffers))),
      reserved_(std::make_shared<ClientShares>(reservations(buffers))),
      watchers_(ClientShares::of(config.watchers_max)),
      rate_limit_(config.request_rate) {
  if (!small_share_) throw std::logic_error("the memory budget is in use before the server begins");
}

void ClientLimits::admit_request(const boost::asio::ip::address& client, Time now) {
  const auto wait = rate_limit_.take(client, now);
  if (wait) throw Error{Reason::rate_limited, "too many requests from this address", {.retry_after = *wait}};
}

ClientShares::Share ClientLimits::admit_watcher(const boost::asio::ip::address& client) {
  ClientShares::Share share = watchers_->take(client);
  if (share) return share;
  if (watchers_->total() >= watchers_max_)
    throw Error{Reason::busy, "too many progress streams; ask for the status instead"};
  throw Error{Reason::rate_limited,
              "too many progress streams from this address; ask for the status instead"};
}

Error ClientLimits::small_memory_in_use() {
  return Error{Reason::busy, "the server's memory for headers and small messages is in use; try again soon"};
}

}  // namespace longshore
