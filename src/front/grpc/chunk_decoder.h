#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "front/grpc/message_splitter.h"

namespace longshore::grpc {

/// Before each message of a call (gRPC over HTTP/2, "Length-Prefixed-Message").
inline constexpr std::size_t kPrefixBytes = 5;

/// What a prefix says. Throws Error method_not_allowed for a compressed message, invalid_request for an
/// unknown flag.
std::uint32_t message_length(std::span<const std::byte, kPrefixBytes> prefix);

/// The request of an upload call as it comes: finds the messages, and in each of them the bytes of the chunk.
/// One message has other fields, the first one; what it says is all that is said of the chunk. Pure.
class ChunkDecoder {
 public:
  enum class Messages { one, many };

  /// `bulk_field` is the number of the bytes in each message; `first_bytes_max` is of the first message.
  ChunkDecoder(Messages messages, std::uint32_t bulk_field, std::int64_t first_bytes_max)
      : messages_(messages),
        first_(bulk_field),
        later_(bulk_field),
        bulk_field_(bulk_field),
        first_bytes_max_(first_bytes_max) {}

  /// Takes the next bytes of the request. The chunk's are moved to the front of `raw`; their number is
  /// returned. Throws Error: as message_length() and MessageSplitter; payload_too_large;
  /// invalid_request (a second message, other fields in a later one).
  std::size_t strip(MutableBytes raw);
  /// The request ends here. Throws Error body_cut_off inside a message, or before the first.
  void finish() const;

  /// The length of the first message; nullopt: not known yet.
  [[nodiscard]] std::optional<std::int64_t> first_bytes() const { return first_bytes_; }
  [[nodiscard]] bool first_is_whole() const { return first_is_whole_; }
  /// The first message's fields but for its bytes, as far as they have come.
  [[nodiscard]] const std::string& fields() const { return first_.rest(); }
  /// How long the first message's bytes are; nullopt: they have not begun.
  [[nodiscard]] std::optional<std::int64_t> bulk_bytes() const { return first_.bulk_bytes(); }
  /// What follows them in that message.
  [[nodiscard]] std::int64_t bytes_behind_bulk() const { return *first_bytes_ - bulk_end(first_); }

 private:
  static std::int64_t bulk_end(const MessageSplitter& message) {
    return message.bulk_at() + message.bulk_bytes().value_or(0);
  }
  MessageSplitter& current() { return first_is_whole_ ? later_ : first_; }
  void take_prefix(std::byte byte);
  void end_message();

  const Messages messages_;
  MessageSplitter first_;
  MessageSplitter later_;
  const std::uint32_t bulk_field_;
  const std::int64_t first_bytes_max_;
  std::array<std::byte, kPrefixBytes> prefix_{};
  std::size_t prefix_bytes_ = 0;  // below kPrefixBytes: between messages, or in a prefix
  std::int64_t message_bytes_ = 0;
  std::int64_t left_ = 0;  // of the message
  std::optional<std::int64_t> first_bytes_;
  bool first_is_whole_ = false;
};

}  // namespace longshore::grpc
