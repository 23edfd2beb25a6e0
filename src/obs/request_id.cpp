#include "obs/request_id.h"

#include "base/uuid.h"

namespace longshore {

namespace {

constexpr std::size_t kLengthMax = 64;  // room for a UUID with a prefix; a line of the log stays readable
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::size_t kFreshBytes = 16;

}  // namespace

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kLengthMax &&
         text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::string request_id_from(std::string_view sent, Random& random) {
  return is_request_id(sent) ? std::string(sent) : random_hex(random, kFreshBytes);
}

}  // namespace longshore
