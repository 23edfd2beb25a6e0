#include "front/grpc/message_splitter.h"

#include <algorithm>
#include <limits>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

// The protobuf encoding: a tag is (field << 3 | wire type), a varint has seven bits a byte.
enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };
constexpr unsigned kWireBits = 3;
constexpr unsigned kWireMask = 7;
constexpr unsigned kVarintBits = 7;
constexpr auto kMoreFollows = std::byte{0x80};
constexpr int kVarintBytesMax = 10;
constexpr std::uint64_t kTagMax = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void malformed() { throw Error{Reason::invalid_request, "the message is not valid protobuf"}; }

}  // namespace

std::size_t MessageSplitter::strip(MutableBytes raw) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < raw.size();) {
    if (state_ != State::bulk) {
      take(raw[at++]);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, raw.size() - at));
    if (kept != at) std::ranges::copy(raw.subspan(at, bytes), raw.subspan(kept).begin());
    kept += bytes;
    at += bytes;
    left_ -= bytes;
    taken_ += static_cast<std::int64_t>(bytes);
    if (left_ == 0) state_ = State::tag;
  }
  return kept;
}

void MessageSplitter::finish() const {
  if (state_ != State::tag || varint_bytes_ != 0) malformed();
}

void MessageSplitter::take(std::byte byte) {
  keep(byte);
  ++taken_;
  switch (state_) {
    case State::tag:
      if (take_varint(byte)) begin_field();
      return;
    case State::varint:
      if (take_varint(byte)) state_ = State::tag;
      return;
    case State::length: {
      if (!take_varint(byte)) return;
      left_ = varint_;
      state_ = State::bytes;
      if (field_ == bulk_field_) {
        if (bulk_bytes_ || left_ > std::numeric_limits<std::uint32_t>::max()) malformed();
        bulk_bytes_ = static_cast<std::int64_t>(left_);
        bulk_at_ = taken_;
        rest_.resize(tag_at_);
        state_ = State::bulk;
      }
      if (left_ == 0) state_ = State::tag;
      return;
    }
    case State::bytes:
      if (--left_ == 0) state_ = State::tag;
      return;
    case State::bulk:
      return;
  }
}

/// True: varint_ is whole.
bool MessageSplitter::take_varint(std::byte byte) {
  if (varint_bytes_ == kVarintBytesMax) malformed();
  if (varint_bytes_ == 0) varint_ = 0;
  const auto bits = static_cast<std::uint64_t>(byte & ~kMoreFollows);
  varint_ |= bits << (kVarintBits * static_cast<unsigned>(varint_bytes_));
  ++varint_bytes_;
  if ((byte & kMoreFollows) != std::byte{0}) return false;
  varint_bytes_ = 0;
  return true;
}

void MessageSplitter::begin_field() {
  if (varint_ > kTagMax) malformed();
  field_ = static_cast<std::uint32_t>(varint_ >> kWireBits);
  if (field_ == 0) malformed();
  switch (static_cast<Wire>(varint_ & kWireMask)) {
    case Wire::varint:
      if (field_ == bulk_field_) malformed();
      state_ = State::varint;
      return;
    case Wire::fixed64:
      left_ = sizeof(std::uint64_t);
      state_ = State::bytes;
      return;
    case Wire::length_delimited:
      state_ = State::length;
      return;
    case Wire::fixed32:
      left_ = sizeof(std::uint32_t);
      state_ = State::bytes;
      return;
  }
  malformed();  // a group
}

void MessageSplitter::keep(std::byte byte) {
  if (state_ == State::tag && varint_bytes_ == 0) tag_at_ = rest_.size();
  if (rest_.size() == kRestBytesMax) {
    throw out_of_limits(
        "", kRestBytesMax,
        "the fields beside the data are longer than " + std::to_string(kRestBytesMax) + " bytes");
  }
  rest_.push_back(static_cast<char>(byte));
}

}  // namespace longshore::grpc
