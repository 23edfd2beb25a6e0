#include "redis/slots.h"

#include <algorithm>

namespace longshore::redis {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc16_table() {
  constexpr std::uint16_t kPolynomial = 0x1021;
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ kPolynomial : crc << 1U;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

std::uint16_t crc16(std::string_view text) {
  static constexpr auto kTable = make_crc16_table();
  unsigned crc = 0;
  for (const char c : text)
    crc = ((crc << 8U) & 0xffffU) ^ kTable[((crc >> 8U) ^ static_cast<unsigned char>(c)) & 0xffU];
  return static_cast<std::uint16_t>(crc);
}

bool is_slot(const Reply& reply) {
  return reply.kind == Reply::Kind::integer && reply.integer >= 0 &&
         reply.integer < static_cast<std::int64_t>(kSlots);
}

/// [host, port, ...] of a node in CLUSTER SLOTS; a host that is nil, "" or "?" is the one that was asked.
std::optional<Address> node_address(const Reply& node, const Address& asked) {
  if (!node.is_array() || node.elements.size() < 2) return std::nullopt;
  const Reply& host = node.elements[0];
  const Reply& port = node.elements[1];
  if (port.kind != Reply::Kind::integer || port.integer < 1 || port.integer > 65'535) return std::nullopt;
  Address address{.host = host.text, .port = static_cast<std::uint16_t>(port.integer), .socket = {}};
  if (address.host.empty() || address.host == "?") address.host = asked.host;
  return address;
}

}  // namespace

Slot slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return static_cast<Slot>(crc16(key) % kSlots);
}

const Address* SlotMap::find(Slot slot) const {
  const std::uint16_t number = of_slot_[slot];
  return number == kUnknown ? nullptr : &addresses_[number];
}

void SlotMap::set(Slot slot, const Address& address) { of_slot_[slot] = number_of(address); }

void SlotMap::learn(const SlotMap& newer) {
  SlotMap both = newer;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const Address* known = find(static_cast<Slot>(slot));
    if (known && both.of_slot_[slot] == kUnknown) both.of_slot_[slot] = both.number_of(*known);
  }
  *this = std::move(both);
}

std::vector<Address> SlotMap::masters() const {
  std::vector<bool> serves(addresses_.size());
  for (const std::uint16_t number : of_slot_)
    if (number != kUnknown) serves[number] = true;
  std::vector<Address> all;
  for (std::size_t number = 0; number < addresses_.size(); ++number)
    if (serves[number]) all.push_back(addresses_[number]);
  return all;
}

std::optional<SlotMap> SlotMap::parse(const Reply& reply, const Address& asked) {
  if (!reply.is_array() || reply.elements.empty()) return std::nullopt;
  SlotMap map;
  for (const Reply& range : reply.elements) {
    if (!range.is_array() || range.elements.size() < 3) return std::nullopt;
    const Reply& first = range.elements[0];
    const Reply& last = range.elements[1];
    const auto master = node_address(range.elements[2], asked);
    if (!is_slot(first) || !is_slot(last) || !master) return std::nullopt;
    const std::uint16_t number = map.number_of(*master);
    for (std::int64_t slot = first.integer; slot <= last.integer; ++slot)
      map.of_slot_[static_cast<std::size_t>(slot)] = number;
  }
  return map;
}

std::uint16_t SlotMap::number_of(const Address& address) {
  const auto found = std::ranges::find(addresses_, address);
  if (found == addresses_.end()) addresses_.push_back(address);
  return static_cast<std::uint16_t>(std::ranges::find(addresses_, address) - addresses_.begin());
}

}  // namespace longshore::redis
