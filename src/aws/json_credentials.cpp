#include "aws/json_credentials.h"

#include <array>
#include <charconv>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace longshore::aws {
namespace {

namespace json = boost::json;

/// The string of that name; empty: none.
std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

/// Takes digits, all of `text` from `begin` to `begin + count`.
bool number_at(std::string_view text, std::size_t begin, std::size_t count, unsigned& out) {
  const char* end = text.data() + begin + count;
  const auto [stop, error] = std::from_chars(text.data() + begin, end, out);
  return error == std::errc{} && stop == end;
}

}  // namespace

std::optional<Time> parse_utc_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kForm = "YYYY-MM-DDThh:mm:ss";
  if (text.size() <= kForm.size() || text.back() != 'Z') return std::nullopt;
  for (const std::size_t place : {4UL, 7UL, 10UL, 13UL, 16UL}) {
    if (text[place] != kForm[place]) return std::nullopt;
  }
  const std::string_view fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  const bool fraction_fits = fraction.empty() ||
                             (fraction.size() > 1 && fraction[0] == '.' &&
                              fraction.find_first_not_of("0123456789", 1) == std::string_view::npos);
  std::array<unsigned, 6> numbers{};
  const bool numbers_fit = number_at(text, 0, 4, numbers[0]) && number_at(text, 5, 2, numbers[1]) &&
                           number_at(text, 8, 2, numbers[2]) && number_at(text, 11, 2, numbers[3]) &&
                           number_at(text, 14, 2, numbers[4]) && number_at(text, 17, 2, numbers[5]);
  if (!fraction_fits || !numbers_fit) return std::nullopt;
  const year_month_day date{year(static_cast<int>(numbers[0])), month(numbers[1]), day(numbers[2])};
  if (!date.ok() || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 60) return std::nullopt;
  return sys_days(date) + hours(numbers[3]) + minutes(numbers[4]) + seconds(numbers[5]);
}

std::optional<Credentials> parse_json_credentials(std::string_view text) {
  json::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const json::object& object = parsed.get_object();
  if (object.contains("Code") && text_of(object, "Code") != "Success") return std::nullopt;

  Credentials credentials{.access_key_id = std::string(text_of(object, "AccessKeyId")),
                          .secret_access_key = Secret(text_of(object, "SecretAccessKey")),
                          .session_token = Secret(text_of(object, "Token")),
                          .expires = parse_utc_time(text_of(object, "Expiration"))};
  const bool complete = !credentials.access_key_id.empty() && !credentials.secret_access_key.empty() &&
                        !credentials.session_token.empty() && credentials.expires;
  if (!complete) return std::nullopt;
  return credentials;
}

}  // namespace longshore::aws
