#include "front/common/client_limits.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "net/memory_shares.h"

namespace longshore {
namespace {

/// What most answers are below: less than the call costs anyway.
constexpr std::int64_t kSmallAnswer = 4 * 1024;

/// Of the memory for small messages and answers, in quarters.
constexpr std::int64_t kOfClients = 3;
constexpr std::int64_t kOfProbes = 1;
constexpr std::int64_t kQuarters = kOfClients + kOfProbes;

/// So that a client may have a second call on its connection.
constexpr std::int64_t kConnectionsOfClient = 2;

std::int64_t share_bytes(const BufferPool& buffers, std::int64_t share) {
  return memory_shares::of(buffers.budget_bytes(), share);
}

ClientShares::Caps connections(std::int64_t most) {
  return {.all = most, .each = std::max(most / ClientShares::kClientPart, kConnectionsOfClient)};
}

std::int64_t small_bytes(const BufferPool& buffers, std::int64_t part) {
  return share_bytes(buffers, memory_shares::kSmallMessages) * part / kQuarters;
}

ClientShares::Caps messages_within(std::int64_t small_bytes) {
  const std::int64_t all = small_bytes / kQuarters;
  return {.all = all, .each = all / ClientShares::kClientPart};
}

/// What of all may be reserved is the pool's business.
ClientShares::Caps reservations(const BufferPool& buffers) {
  return {.all = std::numeric_limits<std::int64_t>::max(),
          .each = buffers.reservable_bytes() / ClientShares::kClientPart};
}

}  // namespace

ClientLimits::Account::Account(const BufferPool& buffers, std::int64_t part, int request_rate)
    : answers_bytes(share_bytes(buffers, memory_shares::kAnswers) * part / kQuarters),
      answers(ClientShares::of(answers_bytes)),
      small_memory(ClientShares::of(small_bytes(buffers, part))),
      small_messages(
          std::make_shared<ClientShares>(messages_within(small_bytes(buffers, part)), small_memory)),
      rate_limit(request_rate) {}

ClientLimits::ClientLimits(BufferPool& buffers, const Config& config)
    : set_aside_(
          buffers.set_aside(share_bytes(buffers, memory_shares::kSmallMessages + memory_shares::kAnswers))),
      connections_max_(config.connections_max),
      watchers_max_(config.watchers_max),
      connections_(std::make_shared<ClientShares>(connections(config.connections_max))),
      reserved_(std::make_shared<ClientShares>(reservations(buffers))),
      watchers_(ClientShares::of(config.watchers_max)),
      clients_(buffers, kOfClients, config.request_rate),
      probes_(buffers, kOfProbes, config.request_rate) {
  if (!set_aside_) throw std::logic_error("the memory budget is in use before the server begins");
}

void ClientLimits::admit_request(const boost::asio::ip::address& client, Time now, Asker asker) {
  const auto wait = account(asker).rate_limit.take(client, now);
  if (wait) throw Error{Reason::rate_limited, "too many requests from this address", {.retry_after = *wait}};
}

std::shared_ptr<ClientShares> ClientLimits::connections_of_front() const {
  const std::int64_t most = connections_max_ - connections_max_ / ClientShares::kClientPart;
  return std::make_shared<ClientShares>(ClientShares::Caps{.all = most, .each = most}, connections_);
}

ClientShares::Share ClientLimits::admit_answer(const boost::asio::ip::address& client, std::int64_t bytes,
                                               Asker asker) {
  if (bytes <= kSmallAnswer) return {};
  const Account& its = account(asker);
  ClientShares::Share share = its.answers->take(client, bytes);
  if (share) return share;
  if (bytes > its.answers_bytes - its.answers->total())
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
