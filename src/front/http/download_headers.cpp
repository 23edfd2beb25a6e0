#include "front/http/download_headers.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/encoding.h"
#include "front/http/disposition.h"

namespace longshore::http {
namespace {

// Nothing that can carry a script: no HTML, XML, SVG, PDF.
constexpr std::array<std::string_view, 14> kHarmless{
    "text/plain", "image/png",  "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/mpeg",
    "audio/ogg",  "audio/flac", "audio/wav",  "video/mp4", "video/webm", "video/ogg",  "audio/mp4",
};

/// For clients that do not read filename*: letters, digits and a few marks stay, the rest is a low line.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool keep = ascii::is_letter(c) || ascii::is_digit(c) ||
                      std::string_view(" .-_()").find(c) != std::string_view::npos;
    plain += keep ? c : '_';
  }
  return plain;
}

}  // namespace

bool is_harmless_type(std::string_view mime_type) {
  const std::string essence = ascii::lower(mime_type.substr(0, mime_type.find_first_of("; ")));
  return std::ranges::find(kHarmless, essence) != kHarmless.end();
}

std::string content_type(const Attributes& attributes) {
  return attributes.mime_type.empty() ? "application/octet-stream" : attributes.mime_type;
}

std::string content_disposition(const Attributes& attributes) {
  const auto wanted = parse_disposition(attributes.content_disposition);
  const bool may_be_shown = attributes.content_disposition.empty() || (wanted && wanted->is_inline);
  std::string value = may_be_shown && is_harmless_type(attributes.mime_type) ? "inline" : "attachment";
  const std::string& name = wanted && wanted->filename ? *wanted->filename : attributes.name;
  if (name.empty()) return value;
  value += "; filename=\"" + plain_name(name) + "\"";
  value += "; filename*=UTF-8''" + percent_encode(name);
  return value;
}

}  // namespace longshore::http
