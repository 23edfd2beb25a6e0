#include "redis/verdict.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

namespace longshore::redis {
namespace {

// The first word of an error says of what kind it is.
constexpr std::array<std::string_view, 7> kLater{"TRYAGAIN",     // keys of a slot that is on its way
                                                 "CLUSTERDOWN",  // no majority
                                                 "LOADING",      // reads its file
                                                 "BUSY",         // a script runs for too long
                                                 "NOREPLICAS",   // fewer replicas than it wants for a write
                                                 "OOM",          // at its memory limit
                                                 "MISCONF"};     // cannot save, and takes no writes meanwhile

// Scripts pass on what a command in them was refused with, behind words of their own. These are said of a
// script's first change, never of a later one.
constexpr std::array<std::string_view, 3> kLaterInScript{"-OOM", "-MISCONF", "cluster is down"};
constexpr std::array<std::string_view, 2> kOfAScript{"user_script", "Error running script"};
constexpr std::array<std::string_view, 2> kReplicaInScript{"READONLY", "stale replica"};

bool holds_one(std::string_view text, std::span<const std::string_view> signs) {
  return std::ranges::any_of(signs, [&](auto sign) { return text.find(sign) != std::string_view::npos; });
}

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
  if (word == "READONLY" || word == "MASTERDOWN") return NotMaster{};  // the latter has lost its master
  if (word == "MOVED" || word == "ASK") {
    auto to = redirect(rest, from);
    if (!to) return Refused{};
    if (word == "ASK") return Ask{std::move(to->to)};
    return *to;
  }
  if (std::ranges::find(kLater, word) != kLater.end()) return Later{};
  if (reply.text.starts_with("ERR max number of clients")) return Later{};
  if (!holds_one(reply.text, kOfAScript)) return Refused{};
  if (holds_one(reply.text, kReplicaInScript)) return NotMaster{};
  if (holds_one(reply.text, kLaterInScript)) return Later{};
  return BrokenOff{};
}

}  // namespace longshore::redis
