#include "net/client_shares.h"

#include <utility>

#include "net/address.h"

namespace longshore {

namespace ip = boost::asio::ip;

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
  if (!shares_->enter(client_, amount)) return false;
  amount_ += amount;
  return true;
}

std::shared_ptr<ClientShares> ClientShares::of(std::int64_t all) {
  return std::make_shared<ClientShares>(Caps{.all = all, .each = all / kClientPart});
}

ClientShares::Share ClientShares::take(const ip::address& address, std::int64_t amount) {
  ip::address client = network_of(address);
  if (!enter(client, amount)) return {};
  return Share(shared_from_this(), std::move(client), amount);
}

bool ClientShares::enter(const ip::address& client, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  if (amount > caps_.all - total_) return false;
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) {
    by_client_.emplace(client, amount);
  } else {
    if (amount > caps_.each - found->second) return false;
    found->second += amount;
  }
  total_ += amount;
  return true;
}

void ClientShares::leave(const ip::address& client, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  total_ -= amount;
  const auto found = by_client_.find(client);
  found->second -= amount;
  if (found->second == 0) by_client_.erase(found);
}

std::int64_t ClientShares::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace longshore
