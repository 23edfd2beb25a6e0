#include "redis/script.h"

#include <array>
#include <new>
#include <span>
#include <utility>

#include <openssl/evp.h>

#include "base/encoding.h"

namespace longshore::redis {
namespace {

std::string sha1_of(const std::string& text) {
  std::array<unsigned char, 20> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    throw std::bad_alloc();
  return hex_encode(std::as_bytes(std::span(digest)));
}

}  // namespace

Script::Script(std::string text, Effect effect)
    : text_(std::move(text)), effect_(effect), sha1_(sha1_of(text_)) {}

}  // namespace longshore::redis
