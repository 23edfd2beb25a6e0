#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace longshore {

/// Bytes that somebody else owns; valid as long as their owner says.
using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// The same bytes, seen as text.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace longshore
