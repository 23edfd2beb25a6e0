#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace longshore {

/// CRC32C (Castagnoli, RFC 3720 appendix B.4) by the CPU's instruction. A value type: copy to branch off.
class Crc32c {
 public:
  void update(ByteView bytes);
  [[nodiscard]] std::uint32_t value() const { return crc_; }

 private:
  std::uint32_t crc_ = 0;
};

/// The CRC32C of A followed by B, from both CRCs and B's length: what lets a whole object's checksum be made
/// from its parts' without reading them back. O(log length).
std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b);

/// Big-endian bytes in standard base64, as S3, RFC 9530 and our API write a CRC32C; and back (false if
/// malformed).
std::string crc32c_to_base64(std::uint32_t crc);
bool crc32c_from_base64(std::string_view text, std::uint32_t& out);

using Sha256Digest = std::array<std::uint8_t, 32>;

/// Incremental SHA-256 (FIPS 180-4), by OpenSSL. Movable; update() after finish() starts anew.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(ByteView bytes);
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest sha256(std::string_view text);
/// HMAC with SHA-256 (RFC 2104).
Sha256Digest hmac_sha256(ByteView key, std::string_view text);

/// Standard base64; nullopt unless it is that of 32 bytes.
std::string sha256_to_base64(const Sha256Digest& digest);
std::optional<Sha256Digest> sha256_from_base64(std::string_view text);

}  // namespace longshore
