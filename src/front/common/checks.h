#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "domain/ids.h"
#include "domain/operation.h"

/// The form of every field that a client names, the same for each protocol. Each check throws Error
/// (invalid_request where the form is wrong, out_of_limits where it is too long or too big) naming the field
/// as the .proto does. Pure functions.
namespace longshore::checks {

NodeId node_id(std::string_view field, std::string_view value);
UploadId upload_id(std::string_view field, std::string_view value);
ConnectorId connector_id(std::string_view field, std::string_view value);
DriveName drive(std::string_view field, std::string_view value);  // empty: the default one

/// UTF-8 without control characters, at most `bytes_max` long.
std::string text(std::string_view field, std::string_view value, std::size_t bytes_max);
/// A text that is no path trick: not "." nor "..".
std::string name(std::string_view field, std::string_view value);
/// "a/b/c": no leading, trailing or double slash, no "." nor ".." segment; empty is the root.
std::string path(std::string_view field, std::string_view value);
/// Printable ASCII, so that it can stand in a header as it is.
std::string header_value(std::string_view field, std::string_view value);
/// type/subtype with parameters, or empty.
std::string mime_type(std::string_view field, std::string_view value);
/// Upper-case letters, digits and underscores, as S3's are; or empty.
std::string storage_class(std::string_view field, std::string_view value);
std::string idempotency_key(std::string_view field, std::string_view value);

/// Keys of [a-z0-9._-]{1,64} that do not begin with "x-amz-"; keys and values together at most
/// kMetadataBytesMax.
void metadata(std::string_view field, const TextMap& map);
/// S3's rules for object tags, and no key that begins with "aws:".
void tags(std::string_view field, const TextMap& map);

/// Base64 of 4 bytes; empty: none.
std::optional<std::uint32_t> crc32c(std::string_view field, std::string_view value);
/// Base64 of 32 bytes, given back as it stands; empty: none.
std::string sha256_base64(std::string_view field, std::string_view value);

ChunkIndex chunk_number(std::string_view field, std::int64_t value);
/// 0 means 100; above 1,000 is taken as 1,000.
int page_size(std::string_view field, std::int64_t value);
std::string page_token(std::string_view field, std::string_view value);

}  // namespace longshore::checks
