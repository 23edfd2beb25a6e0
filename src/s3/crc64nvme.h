#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace longshore::s3 {

/// CRC-64/NVME (NVM Express NVM Command Set 1.0, section 5.2.1.3.4): the checksum that AWS itself prefers. By
/// tables, eight bytes at a time. A value type.
class Crc64Nvme {
 public:
  void update(ByteView bytes);
  [[nodiscard]] std::uint64_t value() const { return ~state_; }

 private:
  std::uint64_t state_ = ~std::uint64_t{0};
};

/// Of two pieces behind each other, from theirs.
std::uint64_t crc64nvme_combine(std::uint64_t crc_a, std::uint64_t crc_b, std::uint64_t length_b);

}  // namespace longshore::s3
