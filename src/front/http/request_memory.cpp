#include "front/http/request_memory.h"

#include "domain/error.h"

namespace longshore::http {
namespace {

bool take(ClientShares& shares, const boost::asio::ip::address& client, std::int64_t bytes,
          ClientShares::Share& share) {
  if (share) return share.grow(bytes);
  share = shares.take(client, bytes);
  return static_cast<bool>(share);
}

}  // namespace

void RequestMemory::hold_small(std::int64_t bytes) {
  if (take(*context_.small, client_, bytes, small_)) return;
  throw Error{Reason::busy, "the server's memory for headers and JSON is in use; try again soon"};
}

void RequestMemory::will_reserve(std::int64_t bytes) {
  if (take(*context_.reserved, client_, bytes, reserved_)) return;
  throw Error{Reason::rate_limited,
              "too many bodies of unknown length, or large JSON bodies, from this address at once"};
}

}  // namespace longshore::http
