#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace longshore::grpc {

/// Takes a protobuf message apart while it comes: the content of its one large `bytes` field goes on, all
/// other fields are kept, to be parsed as a message without that field. So the bytes of a chunk are never
/// copied into a message, and can be passed on before their message is whole. For one message; pure.
class MessageSplitter {
 public:
  /// The other fields of our messages are ids, numbers and digests.
  static constexpr std::size_t kRestBytesMax = 4096;

  explicit MessageSplitter(std::uint32_t bulk_field) : bulk_field_(bulk_field) {}

  /// Takes the next bytes of the message. Those of the bulk field are moved to the front of `raw`; their
  /// number is returned. Throws Error: invalid_request (no protobuf, the field a second time), out_of_limits
  /// (the others beyond kRestBytesMax).
  std::size_t strip(MutableBytes raw);
  /// The message ends here. Throws Error invalid_request inside a field.
  void finish() const;

  /// How long the bulk field is; nullopt: it has not come yet.
  [[nodiscard]] std::optional<std::int64_t> bulk_bytes() const { return bulk_bytes_; }
  /// Where it begins in the message; once bulk_bytes() is known.
  [[nodiscard]] std::int64_t bulk_at() const { return bulk_at_; }
  /// The other fields, as they came.
  [[nodiscard]] const std::string& rest() const { return rest_; }

 private:
  enum class State { tag, varint, length, bytes, bulk };

  void take(std::byte byte);
  bool take_varint(std::byte byte);
  void begin_field();
  void keep(std::byte byte);

  std::uint32_t bulk_field_;
  State state_ = State::tag;
  std::uint64_t varint_ = 0;
  int varint_bytes_ = 0;
  std::uint32_t field_ = 0;
  std::uint64_t left_ = 0;  // State::bytes, State::bulk
  std::size_t tag_at_ = 0;  // where the field that is being read begins in rest_
  std::string rest_;
  std::int64_t taken_ = 0;
  std::optional<std::int64_t> bulk_bytes_;
  std::int64_t bulk_at_ = 0;
};

}  // namespace longshore::grpc
