#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "redis/address.h"
#include "redis/reply.h"

namespace longshore::redis {

inline constexpr std::size_t kSlots = 16'384;
using Slot = std::uint16_t;

/// The slot of a key in a cluster: CRC16 (XMODEM) of what stands between its first { and the next }, if
/// that is not empty; else of all of it.
Slot slot_of(std::string_view key);

/// Which master serves which slot, as far as one has heard.
class SlotMap {
 public:
  /// nullptr: not known.
  [[nodiscard]] const Address* find(Slot slot) const;
  void set(Slot slot, const Address& address);
  /// Takes over what `newer` knows; of the slots that it does not know nothing changes.
  void learn(const SlotMap& newer);
  /// All masters of slots, each once.
  [[nodiscard]] std::vector<Address> masters() const;

  /// What CLUSTER SLOTS answered to a server at `asked`, which may leave its own name out. nullopt: that is
  /// no such answer, or there is no slot in it: a node that has forgotten its cluster knows none.
  static std::optional<SlotMap> parse(const Reply& reply, const Address& asked);

 private:
  static constexpr std::uint16_t kUnknown = 0xffff;

  std::uint16_t number_of(const Address& address);

  std::vector<Address> addresses_;
  std::vector<std::uint16_t> of_slot_ = std::vector<std::uint16_t>(kSlots, kUnknown);  // into addresses_
};

}  // namespace longshore::redis
