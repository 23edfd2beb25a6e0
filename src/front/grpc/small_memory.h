#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/bytes.h"
#include "net/client_shares.h"

namespace longshore::grpc {

/// Memory for headers and small messages: a share of the memory budget, and of that no client has all.
struct SmallMemory {
  std::shared_ptr<ClientShares> shares;
  boost::asio::ip::address client;
};

/// Some bytes outside of the pool's buffers, and what of them is counted there until this is destroyed.
/// Movable.
class SmallBytes {
 public:
  SmallBytes() = default;
  /// As many zeros, which are not counted here.
  explicit SmallBytes(std::size_t size) : bytes_(size) {}

  /// Bytes that are not counted here.
  void append(ByteView more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  /// Bytes that are. False: there is no memory, and nothing was appended.
  [[nodiscard]] bool append(const SmallMemory& memory, ByteView more) {
    const std::size_t wanted = bytes_.size() + more.size();
    if (wanted > bytes_.capacity()) {
      const std::size_t grown = std::max(wanted, 2 * bytes_.capacity());
      if (!count(memory, static_cast<std::int64_t>(grown - bytes_.capacity()))) return false;
      bytes_.reserve(grown);
    }
    append(more);
    return true;
  }

  [[nodiscard]] MutableBytes bytes() { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  bool count(const SmallMemory& memory, std::int64_t bytes) {
    if (share_) return share_.grow(bytes);
    share_ = memory.shares->take(memory.client, bytes);
    return static_cast<bool>(share_);
  }

  ClientShares::Share share_;
  std::vector<std::byte> bytes_;
};

}  // namespace longshore::grpc
