#include "net/connection_counts.h"

#include <utility>

#include "net/address.h"

namespace longshore {

namespace ip = boost::asio::ip;

ConnectionCounts::Place::Place(std::shared_ptr<ConnectionCounts> counts, ip::address source)
    : counts_(std::move(counts)), source_(std::move(source)) {}

ConnectionCounts::Place& ConnectionCounts::Place::operator=(Place&& other) noexcept {
  Place taken(std::move(other));
  std::swap(counts_, taken.counts_);
  std::swap(source_, taken.source_);
  return *this;
}

ConnectionCounts::Place::~Place() {
  if (counts_) counts_->leave(source_);
}

ConnectionCounts::Place ConnectionCounts::enter(const ip::address& address) {
  const ip::address source = network_of(address);
  const std::lock_guard lock(mutex_);
  const auto found = by_source_.find(source);
  const std::size_t held = found == by_source_.end() ? 0 : found->second;
  if (total_ >= max_ || held >= max_of_an_address_) return {};
  ++total_;
  ++by_source_[source];
  return Place(shared_from_this(), source);
}

void ConnectionCounts::leave(const ip::address& source) {
  const std::lock_guard lock(mutex_);
  --total_;
  const auto found = by_source_.find(source);
  if (--found->second == 0) by_source_.erase(found);
}

std::size_t ConnectionCounts::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace longshore
