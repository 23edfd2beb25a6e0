#include "front/common/client_limits.h"

#include <limits>
#include <stdexcept>

#include "net/memory_shares.h"

namespace longshore {
namespace {

/// What most answers are below: less than the call costs anyway.
constexpr std::int64_t kSmallAnswer = 4 * 1024;

std::int64_t share_bytes(const BufferPool& buffers, std::int64_t share) {
  return memory_shares::of(buffers.budget_bytes(), share);
}

/// What of all may be reserved is the pool's business.
ClientShares::Caps reservations(const BufferPool& buffers) {
  return {.all = std::numeric_limits<std::int64_t>::max(),
          .each = buffers.reservable_bytes() / ClientShares::kClientPart};
}

}  // namespace

ClientLimits::ClientLimits(BufferPool& buffers, const Config& config)
    : set_aside_(
          buffers.set_aside(share_bytes(buffers, memory_shares::kSmallMessages + memory_shares::kAnswers))),
      connections_max_(config.connections_max),
      answers_bytes_(share_bytes(buffers, memory_shares::kAnswers)),
      watchers_max_(config.watchers_max),
      connections_(ClientShares::of(config.connections_max)),
      small_memory_(ClientShares::of(share_bytes(buffers, memory_shares::kSmallMessages))),
      answers_(ClientShares::of(answers_bytes_)),
      reserved_(std::make_shared<ClientShares>(reservations(buffers))),
      watchers_(ClientShares::of(config.watchers_max)),
      rate_limit_(config.request_rate) {
  if (!set_aside_) throw std::logic_error("the memory budget is in use before the server begins");
}

void ClientLimits::admit_request(const boost::asio::ip::address& client, Time now) {
  const auto wait = rate_limit_.take(client, now);
  if (wait) throw Error{Reason::rate_limited, "too many requests from this address", {.retry_after = *wait}};
}

std::shared_ptr<ClientShares> ClientLimits::connections_of_front() const {
  const std::int64_t most = connections_max_ - connections_max_ / ClientShares::kClientPart;
  return std::make_shared<ClientShares>(ClientShares::Caps{.all = most, .each = most}, connections_);
}

ClientShares::Share ClientLimits::admit_answer(const boost::asio::ip::address& client, std::int64_t bytes) {
  if (bytes <= kSmallAnswer) return {};
  ClientShares::Share share = answers_->take(client, bytes);
  if (share) return share;
  if (bytes > answers_bytes_ - answers_->total())
    throw Error{Reason::busy, "the server's memory for answers is in use; try again soon"};
  throw Error{Reason::rate_limited, "too many answers to this address are not taken yet; try again soon"};
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
