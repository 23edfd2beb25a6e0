#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace longshore::redis {

inline constexpr std::uint16_t kPort = 6379;
inline constexpr std::uint16_t kSentinelPort = 26379;

/// Where a server listens.
struct Address {
  std::string host;  // a name or an address; an IPv6 address without brackets
  std::uint16_t port = kPort;
  std::string socket;  // the file of a Unix socket, instead of both

  [[nodiscard]] std::string text() const {
    if (!socket.empty()) return socket;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
  auto operator<=>(const Address&) const = default;
};

}  // namespace longshore::redis
