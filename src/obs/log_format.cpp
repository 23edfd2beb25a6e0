#include "obs/log_format.h"

#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/encoding.h"
#include "obs/redact.h"

namespace longshore {

namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xC0) == 0x80; }

/// At most kValueBytesMax bytes, cut between two characters.
std::string_view cut(std::string_view text) {
  if (text.size() <= Log::kValueBytesMax) return text;
  std::size_t end = Log::kValueBytesMax;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

/// The first character: a well-formed UTF-8 sequence, or a single byte where there is none.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 && is_continuation(text[length])) ++length;
  for (; length > 1; --length) {
    if (is_valid_utf8(text.substr(0, length))) break;
  }
  return text.substr(0, length);
}

/// Control characters, quotes and backslashes escaped as in JSON; a byte that is no UTF-8 becomes U+FFFD.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    text.remove_prefix(character.size());
    if (character == "\"" || character == "\\") {
      out.append("\\").append(character);
    } else if (character == "\n") {
      out.append("\\n");
    } else if (has_control_characters(character)) {  // the last byte of a C1 control is its code
      out.append(fmt::format("\\u{:04x}", static_cast<std::uint8_t>(character.back())));
    } else {
      out.append(is_valid_utf8(character) ? character : "\\ufffd");
    }
  }
  return out;
}

std::string safe_text(std::string_view text) {
  const std::string_view kept = cut(text);
  std::string safe = escaped(redact_text(kept));
  if (kept.size() < text.size()) safe += "...";
  return safe;
}

std::string text_of(const LogField& field, std::string_view value) {
  return names_a_secret(field.name()) ? std::string(kRedacted) : safe_text(value);
}

bool needs_quotes(std::string_view safe) {
  return safe.empty() || safe.find_first_of(" =\\") != std::string_view::npos;
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }

struct AsText {
  const LogField& field;
  std::string operator()(std::string_view value) const {
    const std::string safe = text_of(field, value);
    return needs_quotes(safe) ? fmt::format("\"{}\"", safe) : safe;
  }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return number(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
};

struct AsJson : AsText {
  using AsText::operator();
  std::string operator()(std::string_view value) const {
    return fmt::format("\"{}\"", text_of(field, value));
  }
};

std::string timestamp(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", seconds, (time - seconds).count());
}

}  // namespace

std::string format_fields(LogFormat format, LogFields fields) {
  std::string out;
  for (const LogField& field : fields) {
    if (format == LogFormat::kJson) {
      out += fmt::format(",\"{}\":{}", escaped(field.name()), std::visit(AsJson{field}, field.value()));
    } else {
      out += fmt::format(" {}={}", escaped(field.name()), std::visit(AsText{field}, field.value()));
    }
  }
  return out;
}

std::string format_record(LogFormat format, Time time, LogLevel level, std::string_view message,
                          std::string_view bound, LogFields fields) {
  if (format == LogFormat::kJson) {
    return fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":\"{}\"{}{}}}", timestamp(time),
                       name_of(level), safe_text(message), bound, format_fields(format, fields));
  }
  return fmt::format("{} {:<5} {}{}{}", timestamp(time), name_of(level), safe_text(message), bound,
                     format_fields(format, fields));
}

}  // namespace longshore
