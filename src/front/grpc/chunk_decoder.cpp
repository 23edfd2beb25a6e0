#include "front/grpc/chunk_decoder.h"

#include <algorithm>

#include "domain/error.h"

namespace longshore::grpc {

std::uint32_t message_length(std::span<const std::byte, kPrefixBytes> prefix) {
  constexpr auto kPlain = std::byte{0};
  constexpr auto kCompressed = std::byte{1};
  if (prefix[0] == kCompressed) {
    throw Error{Reason::method_not_allowed, "compressed messages are not taken: use grpc-encoding identity"};
  }
  if (prefix[0] != kPlain) throw Error{Reason::invalid_request, "a message begins with an unknown flag"};
  std::uint32_t length = 0;
  for (const std::byte byte : prefix.subspan<1>()) length = length << 8U | static_cast<std::uint32_t>(byte);
  return length;
}

std::size_t ChunkDecoder::strip(MutableBytes raw) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < raw.size();) {
    if (prefix_bytes_ < kPrefixBytes) {
      take_prefix(raw[at++]);
      continue;
    }
    const MutableBytes rest = raw.subspan(at);
    const MutableBytes some = rest.first(
        static_cast<std::size_t>(std::min<std::int64_t>(left_, std::ssize(rest))));
    const std::size_t of_bulk = current().strip(some);
    if (bulk_end(current()) > message_bytes_)
      throw Error{Reason::invalid_request, "the message is not valid protobuf"};
    if (kept != at) std::ranges::copy(some.first(of_bulk), raw.subspan(kept).begin());
    kept += of_bulk;
    at += some.size();
    left_ -= std::ssize(some);
    if (left_ == 0) end_message();
  }
  return kept;
}

void ChunkDecoder::take_prefix(std::byte byte) {
  if (messages_ == Messages::one && first_is_whole_)
    throw Error{Reason::invalid_request, "there are bytes behind the message"};
  prefix_.at(prefix_bytes_++) = byte;
  if (prefix_bytes_ < kPrefixBytes) return;
  message_bytes_ = left_ = message_length(prefix_);
  if (first_is_whole_) {
    later_ = MessageSplitter(bulk_field_);
  } else if (message_bytes_ > first_bytes_max_) {
    throw Error{Reason::payload_too_large,
                "the message is larger than " + std::to_string(first_bytes_max_) +
                    " bytes; send the chunk by UploadChunkStream",
                {.limit = first_bytes_max_}};
  } else {
    first_bytes_ = message_bytes_;
  }
  if (left_ == 0) end_message();
}

void ChunkDecoder::end_message() {
  current().finish();
  prefix_bytes_ = 0;
  if (first_is_whole_ && !later_.rest().empty())
    throw Error{Reason::invalid_request, "only the first message may say anything but the chunk's bytes"};
  first_is_whole_ = true;
}

void ChunkDecoder::finish() const {
  if (prefix_bytes_ > 0 || !first_is_whole_)
    throw Error{Reason::body_cut_off, "the request ended inside a message; nothing was stored"};
}

}  // namespace longshore::grpc
