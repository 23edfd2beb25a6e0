#include "net/client_shares.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/address.h"
#include "net/turns.h"

namespace longshore {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using boost::system::error_code;

ClientShares::Share::Share(std::shared_ptr<ClientShares> shares, ip::address client, std::int64_t amount)
    : shares_(std::move(shares)), client_(std::move(client)), amount_(amount) {}

ClientShares::Share::Share(Share&& other) noexcept
    : shares_(std::move(other.shares_)),
      client_(std::move(other.client_)),
      amount_(std::exchange(other.amount_, 0)) {}

ClientShares::Share& ClientShares::Share::operator=(Share&& other) noexcept {
  Share taken(std::move(other));
  std::swap(shares_, taken.shares_);
  std::swap(client_, taken.client_);
  std::swap(amount_, taken.amount_);
  return *this;
}

ClientShares::Share::~Share() {
  if (shares_) shares_->leave(client_, amount_);
}

bool ClientShares::Share::grow(std::int64_t amount) {
  if (!shares_->enter(client_, amount, Entry::at_once)) return false;
  amount_ += amount;
  return true;
}

std::shared_ptr<ClientShares> ClientShares::of(std::int64_t all) {
  return std::make_shared<ClientShares>(Caps{.all = all, .each = all / kClientPart});
}

ClientShares::Share ClientShares::take(const ip::address& address, std::int64_t amount) {
  ip::address client = network_of(address);
  if (!enter(client, amount, Entry::behind_its_queue)) return {};
  return Share(shared_from_this(), std::move(client), amount);
}

asio::awaitable<ClientShares::Share> ClientShares::take_in_turn(ip::address address, std::int64_t amount) {
  const auto self = shared_from_this();
  const ip::address client = network_of(address);
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(error_code, Share)>(
      [this, &client, amount](auto handler) { enqueue(client, amount, std::move(handler)); },
      asio::use_awaitable);
}

/// With the mutex held: whoever does not wait for its own client any more. An empty share where there is no
/// room all the same.
void ClientShares::collect(Clients::iterator found, Turns<Share>& turns) {
  auto& [address, client] = *found;
  while (!client.queue.empty()) {
    auto first = client.queue.begin();
    const std::int64_t amount = first->second.amount;
    if (is_too_much_of_one(client, amount)) break;
    Share share;
    if (count(client, address, amount)) share = Share(shared_from_this(), address, amount);
    turns.add(std::move(first->second.waiter), std::move(share));
    client.queue.erase(first);
  }
  if (client.held == 0 && client.queue.empty()) clients_.erase(found);
}

template <class Handler>
void ClientShares::enqueue(const ip::address& client, std::int64_t amount, Handler handler) {
  Turns<Share> turns;
  const std::lock_guard lock(mutex_);
  const std::uint64_t ticket = ++next_ticket_;
  Waiter<Share> waiter(std::move(handler));
  waiter.on_cancel([self = shared_from_this(), client, ticket] { self->leave_queue(client, ticket); });
  const auto found = clients_.try_emplace(client).first;
  found->second.queue.emplace(ticket, Waiting{amount, std::move(waiter)});
  collect(found, turns);
}

void ClientShares::leave_queue(const ip::address& client, std::uint64_t ticket) {
  Turns<Share> turns;  // those behind it may want less
  std::unique_lock lock(mutex_);
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  auto gone = found->second.queue.extract(ticket);
  collect(found, turns);
  lock.unlock();
  if (gone) std::move(gone.mapped().waiter).wake(asio::error::operation_aborted, {});
}

bool ClientShares::is_too_much_of_one(const Client& client, std::int64_t amount) const {
  return client.held > 0 && amount > caps_.each - client.held;
}

bool ClientShares::count(Client& client, const ip::address& address, std::int64_t amount) {
  if (amount > caps_.all - total_ || is_too_much_of_one(client, amount)) return false;
  if (whole_ && !whole_->enter(address, amount, Entry::at_once)) return false;
  client.held += amount;
  total_ += amount;
  return true;
}

bool ClientShares::enter(const ip::address& client, std::int64_t amount, Entry entry) {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.try_emplace(client).first;
  const bool others_wait = entry == Entry::behind_its_queue && !found->second.queue.empty();
  if (!others_wait && count(found->second, client, amount)) return true;
  if (found->second.held == 0 && found->second.queue.empty()) clients_.erase(found);
  return false;
}

void ClientShares::leave(const ip::address& client, std::int64_t amount) {
  if (whole_) whole_->leave(client, amount);
  Turns<Share> turns;
  const std::lock_guard lock(mutex_);
  total_ -= amount;
  const auto found = clients_.find(client);
  found->second.held -= amount;
  collect(found, turns);
}

std::int64_t ClientShares::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace longshore
