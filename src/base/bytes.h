#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace longshore {

/// Bytes that somebody else owns; valid as long as their owner says.
using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace longshore
