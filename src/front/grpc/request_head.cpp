#include "front/grpc/request_head.h"

#include <algorithm>

#include "domain/error.h"
#include "front/grpc/timeout.h"

namespace longshore::grpc {
namespace {

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113 section 6.5.2

/// "application/grpc", "application/grpc+proto", each with parameters.
bool is_grpc(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type == "application/grpc" || type == "application/grpc+proto";
}

}  // namespace

void RequestHead::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  if (bytes_ > kMetadataBytesMax) {
    too_large = true;
  } else if (name == ":method") {
    method = value;
  } else if (name == ":path") {
    path = value;
  } else if (!name.starts_with(':')) {
    metadata.push_back({std::string(name), std::string(value)});
  }
}

const std::string* RequestHead::find(std::string_view name) const {
  const auto found = std::ranges::find(metadata, name, &Field::name);
  return found == metadata.end() ? nullptr : &found->value;
}

void check_head(const RequestHead& head) {
  if (head.too_large) {
    throw Error{Reason::header_too_large,
                "the metadata is larger than " + std::to_string(RequestHead::kMetadataBytesMax) + " bytes",
                {.limit = static_cast<std::int64_t>(RequestHead::kMetadataBytesMax)}};
  }
  if (head.method != "POST") throw Error{Reason::method_not_allowed, "a gRPC call is a POST"};
  const std::string* type = head.find("content-type");
  if (type == nullptr || !is_grpc(*type)) {
    throw Error{Reason::unsupported_media_type,
                "this port speaks gRPC with protobuf: content-type must be application/grpc"};
  }
  const std::string* encoding = head.find("grpc-encoding");
  if (encoding != nullptr && *encoding != "identity") {
    throw Error{Reason::method_not_allowed, "compressed messages are not taken: use grpc-encoding identity"};
  }
  timeout_of(head);
}

std::optional<Millis> timeout_of(const RequestHead& head) {
  const std::string* text = head.find("grpc-timeout");
  if (text == nullptr) return std::nullopt;
  return parse_timeout(*text);
}

}  // namespace longshore::grpc
