#include "obs/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace longshore {

namespace {

constexpr std::array<std::string_view, 9> kSecretWords{
    "token", "key", "secret", "password", "passwd", "authorization", "credential", "signature", "cookie"};
constexpr std::array<std::string_view, 2> kHarmlessNames{"objectkey", "keytemplate"};

/// What ends a URL in running text.
constexpr std::string_view kDelimiters = " \t\r\n\"'<>";

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lowered;
}

constexpr std::string_view kPassword = "password=";  // of a connection string

/// One word of a text, which may be a URL.
std::string redact_word(std::string_view word) {
  const std::size_t password = lower(word).find(kPassword);
  const std::size_t value = password + kPassword.size();
  if (password != std::string::npos && value < word.size() && word.find("://") == std::string_view::npos)
    return std::string(word.substr(0, value)).append(kRedacted);
  std::string redacted;
  const std::size_t scheme_end = word.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::size_t host = scheme_end + 3;
    const std::size_t host_end = std::min(word.find_first_of("/?#", host), word.size());
    const std::size_t at = word.substr(0, host_end).rfind('@');
    redacted = word.substr(0, host);
    if (at != std::string_view::npos && at >= host) {
      redacted.append(kRedacted);
      word.remove_prefix(at);
    } else {
      word.remove_prefix(host);
    }
  }
  const bool is_url = scheme_end != std::string_view::npos;
  const std::size_t query = word.find('?');
  const bool has_query = query != std::string_view::npos && query + 1 < word.size() &&
                         (is_url || word.substr(0, query).find('/') != std::string_view::npos);
  if (has_query) return redacted.append(word.substr(0, query + 1)).append(kRedacted);
  return redacted.append(word);
}

bool announces_credentials(std::string_view word) {
  const std::string lowered = lower(word);
  return lowered.ends_with("bearer") || lowered.ends_with("basic") || lowered.ends_with(kPassword);
}

}  // namespace

bool names_a_secret(std::string_view name) {
  std::string plain = lower(name);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == '.'; });
  if (std::find(kHarmlessNames.begin(), kHarmlessNames.end(), plain) != kHarmlessNames.end()) return false;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string redact_text(std::string_view text) {
  std::string redacted;
  redacted.reserve(text.size());
  bool credentials_follow = false;
  while (!text.empty()) {
    const std::size_t word_end = std::min(text.find_first_of(kDelimiters), text.size());
    const std::string_view word = text.substr(0, word_end);
    const std::size_t next = std::min(text.find_first_not_of(kDelimiters, word_end), text.size());
    if (!word.empty()) {
      redacted += credentials_follow ? std::string(kRedacted) : redact_word(word);
      credentials_follow = announces_credentials(word);
    }
    redacted += text.substr(word_end, next - word_end);
    text.remove_prefix(next);
  }
  return redacted;
}

}  // namespace longshore
