#include "front/grpc/timeout.h"

#include <charconv>
#include <chrono>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

constexpr std::size_t kDigitsMax = 8;

[[noreturn]] void malformed() {
  throw invalid_field("grpc-timeout", "grpc-timeout must be up to 8 digits and one of H, M, S, m, u, n");
}

}  // namespace

Millis parse_timeout(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < 2 || text.size() > kDigitsMax + 1) malformed();
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) malformed();
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  switch (text.back()) {
    case 'H':
      return hours{value};
    case 'M':
      return minutes{value};
    case 'S':
      return seconds{value};
    case 'm':
      return Millis{value};
    case 'u':
      return ceil<Millis>(microseconds{value});
    case 'n':
      return ceil<Millis>(nanoseconds{value});
    default:
      malformed();
  }
}

}  // namespace longshore::grpc
