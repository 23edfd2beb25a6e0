#include "front/common/request_memory.h"

#include "domain/error.h"

namespace longshore {
namespace {

/// So that probes are answered whatever others of them hold: those who do not read their answers.
constexpr std::int64_t kProbeBytes = 1024;

/// What a reservation takes of the pool, however little is wanted.
std::int64_t in_whole_buffers(std::int64_t bytes) {
  constexpr auto kBuffer = static_cast<std::int64_t>(BufferPool::kBufferBytes);
  return (bytes + kBuffer - 1) / kBuffer * kBuffer;
}

bool take(ClientShares& shares, const boost::asio::ip::address& client, std::int64_t bytes,
          ClientShares::Share& share) {
  if (share) return share.grow(bytes);
  share = shares.take(client, bytes);
  return static_cast<bool>(share);
}

}  // namespace

void RequestMemory::hold_small(std::int64_t bytes, ClientLimits::Asker asker) {
  if (asker == ClientLimits::Asker::probe && bytes <= kProbeBytes) return;
  if (!take(*limits_.small_memory(asker), client_, bytes, small_)) throw ClientLimits::small_memory_in_use();
}

bool RequestMemory::try_hold_message(std::int64_t bytes, ClientLimits::Asker asker) {
  return take(*limits_.small_messages(asker), client_, bytes, message_);
}

Task<void> RequestMemory::wait_to_reserve(std::int64_t bytes) {
  reserved_ = co_await limits_.reserved()->take_in_turn(client_, in_whole_buffers(bytes));
}

void RequestMemory::will_reserve(std::int64_t bytes) {
  if (take(*limits_.reserved(), client_, in_whole_buffers(bytes), reserved_)) return;
  throw Error{
      Reason::rate_limited,
      "too much memory is held or waited for by requests from this address; bytes that are streamed with "
      "their length announced need none"};
}

}  // namespace longshore
