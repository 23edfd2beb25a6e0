#pragma once

#include <string>

#include <google/protobuf/message_lite.h>

#include "base/bytes.h"

namespace longshore::grpc {

/// A message as it stands in a call: its prefix, and itself.
inline std::string framed(const std::string& message) {
  const auto byte = [&message](unsigned shift) { return static_cast<char>(message.size() >> shift & 0xFFU); };
  return std::string{'\0', byte(24), byte(16), byte(8), byte(0)} + message;
}
inline std::string framed(const google::protobuf::MessageLite& message) {
  return framed(message.SerializeAsString());
}

}  // namespace longshore::grpc
