#include "front/common/checks.h"

#include <algorithm>
#include <limits>

#include "base/encoding.h"
#include "domain/error.h"
#include "domain/limits.h"

namespace longshore::checks {
namespace {

constexpr std::size_t kMetadataKeyMax = 64;
constexpr std::size_t kStorageClassMax = 64;
constexpr std::size_t kPageTokenMax = 1024;
constexpr int kPageSizeUsual = 100;
constexpr int kPageSizeMax = 1000;

std::string named(std::string_view field, std::string_view what) {
  return std::string(field) + " " + std::string(what);
}

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

/// Of S3's object tags: letters of all scripts, digits, blanks and some signs.
bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view(" +-=._:/@").find(c) != std::string_view::npos;
  });
}

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

NodeId node_id(std::string_view field, std::string_view value) {
  if (!is_node_id(value))
    throw invalid_field(field, named(field, "must be 8 to 64 characters of a-z, 0-9 and -"));
  return NodeId{std::string(value)};
}

UploadId upload_id(std::string_view field, std::string_view value) {
  if (!is_upload_id(value)) {
    throw invalid_field(field, named(field, "must be a node id, or a node id with .2, .3, ... behind it"));
  }
  return UploadId{std::string(value)};
}

ConnectorId connector_id(std::string_view field, std::string_view value) {
  if (!is_connector_id(value)) {
    throw invalid_field(
        field,
        named(field, "must be 1 to 64 letters, digits, '.', '_' or '-', with a letter or digit first"));
  }
  return ConnectorId{std::string(value)};
}

DriveName drive(std::string_view field, std::string_view value) {
  if (!value.empty() && !is_drive_name(value)) {
    throw invalid_field(
        field, named(field, "must be 1 to 32 characters of a-z and 0-9; leave it out for the default one"));
  }
  return DriveName{std::string(value)};
}

std::string text(std::string_view field, std::string_view value, std::size_t bytes_max) {
  if (value.size() > bytes_max) {
    throw out_of_limits(field, static_cast<std::int64_t>(bytes_max),
                        named(field, "is longer than " + std::to_string(bytes_max) + " bytes"));
  }
  if (!is_valid_utf8(value)) throw invalid_field(field, named(field, "is not valid UTF-8"));
  if (has_control_characters(value)) throw invalid_field(field, named(field, "holds control characters"));
  return std::string(value);
}

std::string name(std::string_view field, std::string_view value) {
  if (value == "." || value == "..") throw invalid_field(field, named(field, "must not be \".\" or \"..\""));
  return text(field, value, kNameBytesMax);
}

std::string path(std::string_view field, std::string_view value) {
  std::string checked = text(field, value, kPathBytesMax);
  if (value.empty()) return checked;
  if (value.starts_with('/'))
    throw invalid_field(field, named(field, "must not begin with a slash: write a/b, not /a/b"));
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t slash = std::min(value.find('/', at), value.size());
    const std::string_view segment = value.substr(at, slash - at);
    if (segment.empty())
      throw invalid_field(field, named(field, "must not hold an empty segment: write a/b, not a//b or a/b/"));
    if (segment == "." || segment == "..")
      throw invalid_field(field, named(field, "must not hold a segment \".\" or \"..\""));
    at = slash + 1;
  }
  return checked;
}

std::string header_value(std::string_view field, std::string_view value) {
  std::string checked = text(field, value, kHeaderValueBytesMax);
  if (!is_printable_ascii(value))
    throw invalid_field(field, named(field, "must be printable ASCII, as it stands in a header"));
  if (value.starts_with(' ') || value.ends_with(' '))
    throw invalid_field(field, named(field, "begins or ends with a space"));
  return checked;
}

std::string mime_type(std::string_view field, std::string_view value) {
  std::string checked = header_value(field, value);
  const std::string_view essence = value.substr(0, value.find_first_of("; "));
  const std::size_t slash = essence.find('/');
  const bool well_formed = slash != std::string_view::npos && is_token(essence.substr(0, slash)) &&
                           is_token(essence.substr(slash + 1));
  if (!value.empty() && !well_formed) throw invalid_field(field, named(field, "must be like text/plain"));
  return checked;
}

std::string storage_class(std::string_view field, std::string_view value) {
  const bool well_formed = value.size() <= kStorageClassMax && std::ranges::all_of(value, [](char c) {
                             return is_upper(c) || is_digit(c) || c == '_';
                           });
  if (!well_formed) throw invalid_field(field, named(field, "must be a name like STANDARD_IA"));
  return std::string(value);
}

std::string idempotency_key(std::string_view field, std::string_view value) {
  if (value.size() > kIdempotencyKeyBytesMax) {
    throw out_of_limits(field, kIdempotencyKeyBytesMax, named(field, "is longer than 256 characters"));
  }
  const bool well_formed = std::ranges::all_of(
      value, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!well_formed) throw invalid_field(field, named(field, "must be visible ASCII without quotes inside"));
  return std::string(value);
}

void metadata(std::string_view field, const TextMap& map) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : map) {
    bytes += key.size() + value.size();
    const bool well_formed = !key.empty() && key.size() <= kMetadataKeyMax &&
                             std::ranges::all_of(key, [](char c) {
                               return is_lower(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
                             });
    if (!well_formed) {
      throw invalid_field(
          field, named(field, "keys must be 1 to 64 characters of a-z, 0-9, '-', '_' and '.' (lower case)"));
    }
    if (key.starts_with("x-amz-"))
      throw invalid_field(field, named(field, "keys must not begin with x-amz-"));
    text(std::string(field) + "." + key, value, kMetadataBytesMax);
  }
  if (bytes > kMetadataBytesMax) {
    throw out_of_limits(field, kMetadataBytesMax,
                        named(field, "is larger than 2048 bytes, keys and values together"));
  }
}

void tags(std::string_view field, const TextMap& map) {
  if (map.size() > kTagsMax) {
    throw out_of_limits(field, static_cast<std::int64_t>(kTagsMax), named(field, "are more than 10"));
  }
  for (const auto& [key, value] : map) {
    if (key.empty()) throw invalid_field(field, named(field, "must not have an empty key"));
    if (key.starts_with("aws:"))
      throw invalid_field(field, named(field, "must not have a key that begins with aws:"));
    text(field, key, kTagKeyBytesMax);
    text(field, value, kTagValueBytesMax);
    if (!is_tag_text(key) || !is_tag_text(value)) {
      throw invalid_field(field, named(field, "may hold letters, digits, blanks and + - = . _ : / @ alone"));
    }
  }
}

std::optional<std::uint32_t> crc32c(std::string_view field, std::string_view value) {
  if (value.empty()) return std::nullopt;
  std::uint32_t crc = 0;
  if (!crc32c_from_base64(value, crc)) {
    throw invalid_field(field,
                        named(field, "must be the base64 of the four bytes of a CRC32C, like \"yZRlqg==\""));
  }
  return crc;
}

std::string sha256_base64(std::string_view field, std::string_view value) {
  if (value.empty()) return {};
  const auto bytes = base64_decode(value);
  if (!bytes || bytes->size() != std::tuple_size_v<Sha256Digest>) {
    throw invalid_field(field, named(field, "must be the base64 of the 32 bytes of a SHA-256"));
  }
  return std::string(value);
}

ChunkIndex chunk_number(std::string_view field, std::int64_t value) {
  if (value < 0) throw invalid_field(field, named(field, "must not be negative: chunks count from 0"));
  constexpr std::int64_t kRepresentable = std::numeric_limits<std::int32_t>::max() - 1;  // S3's number is one
                                                                                         // more
  if (value > kRepresentable) {
    const std::int64_t highest = StoreLimits{}.parts_max - 1;
    throw out_of_limits(field, highest, named(field, "is beyond " + std::to_string(highest)));
  }
  return ChunkIndex{static_cast<std::int32_t>(value)};
}

int page_size(std::string_view field, std::int64_t value) {
  if (value < 0) throw invalid_field(field, named(field, "must not be negative"));
  if (value == 0) return kPageSizeUsual;
  return static_cast<int>(std::min<std::int64_t>(value, kPageSizeMax));
}

std::string page_token(std::string_view field, std::string_view value) {
  if (value.size() > kPageTokenMax || !is_printable_ascii(value)) {
    throw invalid_field(field, named(field, "is not a token that this server gave; begin again without one"));
  }
  return std::string(value);
}

}  // namespace longshore::checks
