#include "base/hash.h"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/big_endian.h"
#include "base/encoding.h"

namespace longshore {

namespace {

/// Polynomials over GF(2) of degree below 32, as CRC32C stores them: bit 31 is the coefficient of x^0.
using Polynomial = std::uint32_t;

constexpr Polynomial kModulus = 0x82F63B78;  // x^32 + ... + 1 without its x^32, bit-reversed
constexpr Polynomial kOne = 0x80000000;
constexpr Polynomial kX8 = kOne >> 8;

constexpr Polynomial multiply(Polynomial a, Polynomial b) {
  Polynomial product = 0;
  for (Polynomial term = kOne; term != 0; term >>= 1) {
    if (a & term) product ^= b;
    b = (b & 1) ? (b >> 1) ^ kModulus : b >> 1;  // b times x
  }
  return product;
}

/// Entry i is x^(8 * 2^i): what a CRC is multiplied by when 2^i zero bytes are appended.
constexpr auto kZeroByteShifts = [] {
  std::array<Polynomial, 64> powers{};
  Polynomial power = kX8;
  for (auto& entry : powers) {
    entry = power;
    power = multiply(power, power);
  }
  return powers;
}();

Polynomial shift_by_zero_bytes(Polynomial crc, std::uint64_t count) {
  for (std::size_t i = 0; count != 0; ++i, count >>= 1) {
    if (count & 1) crc = multiply(kZeroByteShifts[i], crc);
  }
  return crc;
}

void require(int openssl_result) {
  if (openssl_result != 1) throw std::runtime_error("OpenSSL refuses SHA-256");
}

}  // namespace

void Crc32c::update(ByteView bytes) {
  while (!bytes.empty()) {  // isal counts in int
    const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()));
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));  // isal only reads
    crc_ = ~crc32_iscsi(data, static_cast<int>(piece.size()), ~crc_);
    bytes = bytes.subspan(piece.size());
  }
}

std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b) {
  return shift_by_zero_bytes(crc_a, length_b) ^ crc_b;
}

std::string crc32c_to_base64(std::uint32_t crc) { return base64_encode(big_endian(crc)); }

bool crc32c_from_base64(std::string_view text, std::uint32_t& out) {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != 4) return false;
  std::uint32_t crc = 0;
  for (const char c : *bytes) crc = crc << 8 | static_cast<std::uint8_t>(c);
  out = crc;
  return true;
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* freed) const { EVP_MD_CTX_free(freed); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};

  State() {
    if (!context) throw std::bad_alloc();
    start();
  }
  void start() { require(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr)); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr));
  state_->start();
  return digest;
}

Sha256Digest sha256(std::string_view text) {
  Sha256 hash;
  hash.update(as_bytes(text));
  return hash.finish();
}

Sha256Digest hmac_sha256(ByteView key, std::string_view text) {
  Sha256Digest digest;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, text.size(), digest.data(),
           nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL refuses HMAC-SHA-256");
  }
  return digest;
}

std::string sha256_to_base64(const Sha256Digest& digest) {
  return base64_encode(std::as_bytes(std::span(digest)));
}

std::optional<Sha256Digest> sha256_from_base64(std::string_view text) {
  const auto bytes = base64_decode(text);
  Sha256Digest digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::copy_n(as_bytes(*bytes).begin(), digest.size(), std::as_writable_bytes(std::span(digest)).begin());
  return digest;
}

}  // namespace longshore
