#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace longshore::fakes {

inline std::uint32_t crc32c_of(std::string_view bytes) {
  Crc32c crc;
  crc.update(as_bytes(bytes));
  return crc.value();
}

}  // namespace longshore::fakes
