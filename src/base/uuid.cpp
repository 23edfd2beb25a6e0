#include "base/uuid.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>

#include "base/encoding.h"

namespace longshore {

namespace {

using UuidBytes = std::array<std::uint8_t, 16>;
constexpr std::array<std::size_t, 4> kDashesBeforeByte{4, 6, 8, 10};
constexpr std::size_t kTextLength = 36;

void set_version(UuidBytes& uuid, std::uint8_t version) {
  uuid[6] = static_cast<std::uint8_t>(version << 4 | (uuid[6] & 0x0F));
  uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3F));  // the variant of RFC 9562
}

std::string to_text(const UuidBytes& uuid) {
  std::string text = hex_encode(std::as_bytes(std::span(uuid)));
  for (std::size_t i = kDashesBeforeByte.size(); i-- > 0;) text.insert(kDashesBeforeByte[i] * 2, 1, '-');
  return text;
}

UuidBytes from_text(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c != '-'; });
  const auto decoded = hex_decode(digits);
  UuidBytes uuid{};
  if (text.size() != kTextLength || !decoded || decoded->size() != uuid.size()) {
    throw std::invalid_argument("not a UUID: " + std::string(text));
  }
  std::copy(decoded->begin(), decoded->end(), uuid.begin());
  return uuid;
}

}  // namespace

std::string uuid_v7(Time now, Random& random) {
  UuidBytes uuid;
  const auto ms = static_cast<std::uint64_t>(epoch_ms(now));
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  random.fill(std::span(uuid).subspan(6));
  set_version(uuid, 7);
  return to_text(uuid);
}

std::string uuid_v5(std::string_view namespace_uuid, std::string_view name) {
  const UuidBytes prefix = from_text(namespace_uuid);
  std::vector<std::uint8_t> hashed(prefix.begin(), prefix.end());
  hashed.insert(hashed.end(), name.begin(), name.end());

  std::array<std::uint8_t, 20> sha1;
  if (EVP_Digest(hashed.data(), hashed.size(), sha1.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL refuses SHA-1");
  }
  UuidBytes uuid;
  std::copy_n(sha1.begin(), uuid.size(), uuid.begin());
  set_version(uuid, 5);
  return to_text(uuid);
}

std::string random_hex(Random& random, std::size_t bytes) {
  std::vector<std::uint8_t> drawn(bytes);
  random.fill(drawn);
  return hex_encode(std::as_bytes(std::span(drawn)));
}

}  // namespace longshore
