#include "s3/crc64nvme.h"

#include <array>
#include <bit>
#include <cstring>

namespace longshore::s3 {
namespace {

constexpr std::uint64_t kReflectedPolynomial = 0x9A6C9329AC4BC9B5;
constexpr std::size_t kSlices = 8;
using Table = std::array<std::uint64_t, 256>;

// Table n: what a byte does to the state when n bytes of zero follow it.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = state;
  }
  for (std::size_t n = 1; n < kSlices; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr auto kTables = make_tables();

/// Polynomials over GF(2) of degree below 64, as the checksum stores them: bit 63 is the coefficient of x^0.
using Polynomial = std::uint64_t;

constexpr Polynomial kOne = Polynomial{1} << 63;
constexpr Polynomial kX8 = kOne >> 8;

constexpr Polynomial multiply(Polynomial a, Polynomial b) {
  Polynomial product = 0;
  for (Polynomial term = kOne; term != 0; term >>= 1) {
    if ((a & term) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kReflectedPolynomial : 0);  // b times x
  }
  return product;
}

}  // namespace

void Crc64Nvme::update(ByteView bytes) {
  static_assert(std::endian::native == std::endian::little);
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= state_;
    state_ = 0;
    for (std::size_t n = kSlices; n > 0; word >>= 8) state_ ^= kTables[--n][word & 0xFF];
  }
  for (const std::byte byte : bytes) {
    state_ = (state_ >> 8) ^ kTables[0][(state_ ^ static_cast<std::uint64_t>(byte)) & 0xFF];
  }
}

// A byte of zero behind a piece multiplies its checksum by x^8.
std::uint64_t crc64nvme_combine(std::uint64_t crc_a, std::uint64_t crc_b, std::uint64_t length_b) {
  Polynomial shifted = crc_a;
  for (Polynomial power = kX8; length_b != 0; length_b >>= 1, power = multiply(power, power)) {
    if ((length_b & 1) != 0) shifted = multiply(power, shifted);
  }
  return shifted ^ crc_b;
}

}  // namespace longshore::s3
