#include "apps/longshored/config_value.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"

namespace longshore::server {
namespace {

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A bound as one would write it.
std::string bound_text(const ValueRule& rule, std::int64_t bound) {
  switch (rule.kind) {
    case ValueKind::size:
      return format_size(bound);
    case ValueKind::duration:
      return format_duration(Millis{bound});
    default:
      return std::to_string(bound);
  }
}

std::optional<std::int64_t> parse_number(const ValueRule& rule, const std::string& text, std::string& why) {
  switch (rule.kind) {
    case ValueKind::size:
      why = fmt::format("write a number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as \"{}\"",
                        rule.preset);
      return parse_size(text);
    case ValueKind::duration:
      why = fmt::format("write a number and ms, s, m, h or d, such as \"{}\"", rule.preset);
      if (const auto duration = parse_duration(text)) return duration->count();
      return std::nullopt;
    default:
      why = fmt::format("write a whole number, such as {}", rule.preset);
      return parse_integer<std::int64_t>(text);
  }
}

std::optional<Value> number_value(const ValueRule& rule, const std::string& text, std::string& why) {
  const auto number = parse_number(rule, text, why);
  if (!number) return std::nullopt;
  if (*number < rule.min || *number > rule.max) {
    why = fmt::format("it must lie between {} and {}", bound_text(rule, rule.min),
                      bound_text(rule, rule.max));
    return std::nullopt;
  }
  return Value{.text = text, .number = *number};
}

std::optional<Value> choice_value(const ValueRule& rule, const std::string& text, std::string& why) {
  const auto found = std::find(rule.choices.begin(), rule.choices.end(), text);
  if (found == rule.choices.end()) {
    why = fmt::format("write \"{}\"", fmt::join(rule.choices, "\" or \""));
    return std::nullopt;
  }
  return Value{.text = text, .number = found - rule.choices.begin()};
}

std::optional<Value> endpoint_value(const ValueRule& rule, const std::string& text, std::string& why) {
  if (text.empty() && rule.preset.empty()) return Value{};
  if (auto endpoint = parse_endpoint(text)) return Value{.text = text, .endpoint = *std::move(endpoint)};
  why = "write HOST:PORT with a numeric address or localhost, such as \"127.0.0.1:7070\" or \"[::1]:7070\"";
  return std::nullopt;
}

std::optional<Value> table_value(const std::string& text, std::string& why) {
  Value value{.text = text};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == 0 || equals == std::string::npos || line.find('\0') != std::string::npos) {
      why = "write NAME=VALUE, each on a line of its own";
      return std::nullopt;
    }
    value.table[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return value;
}

}  // namespace

std::optional<Value> value_of(const ValueRule& rule, const std::string& text, std::string& why) {
  switch (rule.kind) {
    case ValueKind::choice:
      return choice_value(rule, text, why);
    case ValueKind::endpoint:
      return endpoint_value(rule, text, why);
    case ValueKind::list:
      return Value{.text = text, .list = split_list(text)};
    case ValueKind::table:
    case ValueKind::secret_table:
      return table_value(text, why);
    case ValueKind::yes_no:
      why = "write true or false";
      if (text != "true" && text != "false") return std::nullopt;
      return Value{.text = text, .number = text == "true" ? 1 : 0};
    case ValueKind::text:
    case ValueKind::secret:
    case ValueKind::file:
    case ValueKind::folder:
      if (text.find('\0') == std::string::npos) return Value{.text = text};
      why = "a NUL byte has no place here";
      return std::nullopt;
    case ValueKind::count:
    case ValueKind::size:
    case ValueKind::duration:
      return number_value(rule, text, why);
  }
  return std::nullopt;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!port || bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return Endpoint{.address = address.to_string(), .port = *port};
}

std::string to_string(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
            : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) {
  return boost::asio::ip::make_address(endpoint.address).is_loopback();
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

}  // namespace longshore::server
