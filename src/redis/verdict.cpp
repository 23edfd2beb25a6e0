#include "redis/verdict.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace longshore::redis {
namespace {

// The first word of an error says of what kind it is.
constexpr std::array<std::string_view, 8> kLater{"TRYAGAIN",     // keys of a slot that is on its way
                                                 "CLUSTERDOWN",  // no majority
                                                 "LOADING",      // reads its file
                                                 "BUSY",         // a script runs for too long
                                                 "MASTERDOWN",   // a replica without its master
                                                 "NOREPLICAS",   // fewer replicas than it wants for a write
                                                 "OOM",          // at its memory limit
                                                 "MISCONF"};     // cannot save, and takes no writes meanwhile

std::string_view take_word(std::string_view& rest) {
  const std::size_t at = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return word;
}

template <class T>
std::optional<T> number(std::string_view digits, T most) {
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value > most) return std::nullopt;
  return value;
}

/// "SLOT HOST:PORT"; the host may be empty.
std::optional<Moved> redirect(std::string_view rest, const Address& from) {
  const auto slot = number<std::uint32_t>(take_word(rest), kSlots - 1);
  const std::size_t colon = rest.rfind(':');
  if (!slot || colon == std::string_view::npos) return std::nullopt;
  const auto port = number<std::uint32_t>(rest.substr(colon + 1), 65'535);
  if (!port || *port == 0) return std::nullopt;
  Address to{
      .host = std::string(rest.substr(0, colon)), .port = static_cast<std::uint16_t>(*port), .socket = {}};
  if (to.host.empty() || to.host == "?") to.host = from.host;
  return Moved{static_cast<Slot>(*slot), std::move(to)};
}

}  // namespace

Verdict judge(const Reply& reply, const Address& from) {
  if (!reply.is_error()) return Answered{};
  std::string_view rest = reply.text;
  const std::string_view word = take_word(rest);
  if (word == "NOSCRIPT") return NotLoaded{};
  if (word == "READONLY") return NotMaster{};
  if (word == "MOVED" || word == "ASK") {
    auto to = redirect(rest, from);
    if (!to) return Refused{};
    if (word == "ASK") return Ask{std::move(to->to)};
    return *to;
  }
  if (std::ranges::find(kLater, word) != kLater.end()) return Later{};
  // Scripts pass on what a command in them was refused with, behind words of their own.
  if (reply.text.find("READONLY") != std::string::npos) return NotMaster{};
  if (reply.text.find("-OOM") != std::string::npos) return Later{};
  return Refused{};
}

}  // namespace longshore::redis
