#include "front/http/disposition.h"

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "base/encoding.h"

namespace longshore::http {
namespace {

bool is_token_char(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Takes tokens, marks and quoted strings from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
  bool skip(char mark) {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// "": there is none.
  std::string token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_char);
    const std::string token(rest_.begin(), end);
    rest_.remove_prefix(token.size());
    return token;
  }
  std::optional<std::string> value() {
    if (skip('"')) return rest_of_quoted();
    std::string plain = token();
    if (plain.empty()) return std::nullopt;
    return plain;
  }

 private:
  std::optional<std::string> rest_of_quoted() {
    std::string text;
    while (!skip('"')) {
      skip('\\');
      if (at_end()) return std::nullopt;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return text;
  }

  std::string_view rest_;
};

/// UTF-8'language'percent-encoded
std::optional<std::string> extended_value(std::string_view value) {
  const std::size_t charset_end = value.find('\'');
  const std::size_t language_end = value.find('\'', charset_end + 1);
  if (charset_end == std::string_view::npos || language_end == std::string_view::npos) return std::nullopt;
  if (!ascii::same_word(value.substr(0, charset_end), "utf-8")) return std::nullopt;
  return percent_decode(value.substr(language_end + 1));
}

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of("/\\") == std::string_view::npos && is_valid_utf8(name) &&
         !has_control_characters(name);
}

}  // namespace

std::optional<Disposition> parse_disposition(std::string_view text) {
  Reader reader(text);
  const std::string type = reader.token();
  if (type.empty()) return std::nullopt;
  std::map<std::string, std::string> parameters;
  for (reader.skip_blanks(); !reader.at_end(); reader.skip_blanks()) {
    if (!reader.skip(';')) return std::nullopt;
    reader.skip_blanks();
    const std::string name = ascii::lower(reader.token());
    reader.skip_blanks();
    if (name.empty() || !reader.skip('=')) return std::nullopt;
    reader.skip_blanks();
    auto value = reader.value();
    if (!value || !parameters.emplace(name, std::move(*value)).second) return std::nullopt;
  }

  Disposition disposition{.is_inline = ascii::same_word(type, "inline")};
  if (const auto extended = parameters.find("filename*"); extended != parameters.end()) {
    disposition.filename = extended_value(extended->second);
    if (!disposition.filename) return std::nullopt;
  } else if (const auto plain = parameters.find("filename"); plain != parameters.end()) {
    disposition.filename = plain->second;
  }
  if (disposition.filename && !is_name(*disposition.filename)) return std::nullopt;
  return disposition;
}

}  // namespace longshore::http
