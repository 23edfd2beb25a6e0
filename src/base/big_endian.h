#pragma once

#include <array>
#include <cstddef>

namespace longshore {

/// An unsigned number in network order, the most significant byte first.
template <class Number>
constexpr std::array<std::byte, sizeof(Number)> big_endian(Number value) {
  std::array<std::byte, sizeof(Number)> bytes{};
  for (std::size_t i = bytes.size(); i > 0; value >>= 8) bytes[--i] = static_cast<std::byte>(value & 0xFF);
  return bytes;
}

}  // namespace longshore
