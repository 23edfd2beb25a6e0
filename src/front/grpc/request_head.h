#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "front/common/field.h"

namespace longshore::grpc {

/// The header of a call. HTTP/2's own rules (order and repetition of pseudo-fields, characters) were checked
/// by whoever decoded it.
struct RequestHead {
  std::string method;      // ":method"
  std::string path;        // "/longshore.v1.UploadService/InitiateUpload"
  Fields metadata;         // all other fields but pseudo-fields, in order
  bool too_large = false;  // beyond kMetadataBytesMax: the fields that follow were dropped

  /// What fields may add up to, each with 32 bytes on top, as SETTINGS_MAX_HEADER_LIST_SIZE counts them.
  static constexpr std::size_t kMetadataBytesMax = 8192;

  /// Takes the next field.
  void add(std::string_view name, std::string_view value);
  /// The first one of that name; nullptr: none.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// What the fields that were kept add up to at most, counted likewise.
  [[nodiscard]] std::int64_t bytes() const {
    return static_cast<std::int64_t>(std::min(bytes_, kMetadataBytesMax));
  }

 private:
  std::size_t bytes_ = 0;
};

/// Throws Error unless it is a gRPC call that this server can read: header_too_large; method_not_allowed (not
/// POST; a message encoding other than identity); unsupported_media_type (not application/grpc with
/// protobuf); invalid_request (grpc-timeout).
void check_head(const RequestHead& head);

/// How long the client will wait; nullopt: it did not say. Throws as check_head().
std::optional<Millis> timeout_of(const RequestHead& head);

}  // namespace longshore::grpc
