#include "front/common/request_memory.h"

#include "domain/error.h"

namespace longshore {
namespace {

bool take(ClientShares& shares, const boost::asio::ip::address& client, std::int64_t bytes,
          ClientShares::Share& share) {
  if (share) return share.grow(bytes);
  share = shares.take(client, bytes);
  return static_cast<bool>(share);
}

}  // namespace

void RequestMemory::hold_small(std::int64_t bytes, ClientLimits::Asker asker) {
  if (!take(*limits_.small_memory(asker), client_, bytes, small_)) throw ClientLimits::small_memory_in_use();
}

Task<void> RequestMemory::wait_to_reserve(std::int64_t bytes) {
  reserved_ = co_await limits_.reserved()->take_in_turn(client_, bytes);
}

void RequestMemory::will_reserve(std::int64_t bytes) {
  if (take(*limits_.reserved(), client_, bytes, reserved_)) return;
  throw Error{
      Reason::rate_limited,
      "too much memory is held or waited for by requests from this address; bytes that are streamed with "
      "their length announced need none"};
}

}  // namespace longshore
