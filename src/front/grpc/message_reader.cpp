#include "front/grpc/message_reader.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <google/protobuf/io/zero_copy_stream_impl.h>

#include "domain/error.h"
#include "front/grpc/chunk_decoder.h"

namespace longshore::grpc {

namespace io = google::protobuf::io;

/// False: the client's end comes before.
Task<bool> MessageReader::has(std::size_t bytes) {
  while (ahead_bytes_ < bytes) {
    Piece piece = co_await inbox_.next();
    if (piece.empty()) co_return false;
    ahead_bytes_ += piece.bytes().size();
    ahead_.push_back(std::move(piece));
  }
  co_return true;
}

void MessageReader::drop(std::size_t bytes) {
  inbox_.give_back(bytes);
  ahead_bytes_ -= bytes;
  while (bytes > 0) {
    const std::size_t some = std::min(bytes, ahead_.front().bytes().size());
    ahead_.front().drop_front(some);
    if (ahead_.front().empty()) ahead_.pop_front();
    bytes -= some;
  }
}

Task<std::optional<std::int64_t>> MessageReader::next_length() {
  if (!co_await has(kPrefixBytes)) {
    if (ahead_bytes_ == 0) co_return std::nullopt;
    throw Error{Reason::body_cut_off, "the request ended inside a message; nothing was stored"};
  }
  std::array<std::byte, kPrefixBytes> prefix{};
  std::size_t at = 0;
  for (Piece& piece : ahead_) {
    const MutableBytes bytes = piece.bytes();
    for (std::size_t i = 0; i < bytes.size() && at < prefix.size(); ++i) prefix.at(at++) = bytes[i];
  }
  const std::int64_t length = message_length(prefix);
  drop(kPrefixBytes);
  co_return length;
}

Task<void> MessageReader::read(google::protobuf::MessageLite& message, std::int64_t bytes) {
  const auto wanted = static_cast<std::size_t>(bytes);
  if (!co_await has(wanted))
    throw Error{Reason::body_cut_off, "the request ended inside a message; nothing was stored"};
  parse(message, wanted);
  drop(wanted);
}

Task<void> MessageReader::read_held(google::protobuf::MessageLite& message, std::int64_t bytes,
                                    MessageRoom room) {
  const std::int64_t left = bytes - static_cast<std::int64_t>(ahead_bytes_);
  if (left < 0) throw Error{Reason::invalid_request, "there are bytes behind the message"};
  std::vector<Piece> rest = co_await inbox_.hold(std::move(room), left);
  std::ranges::move(rest, std::back_inserter(ahead_));
  parse(message, static_cast<std::size_t>(bytes));
  ahead_.clear();
}

void MessageReader::parse(google::protobuf::MessageLite& message, std::size_t bytes) {
  std::deque<io::ArrayInputStream> arrays;
  for (Piece& piece : ahead_) {
    arrays.emplace_back(piece.bytes().data(), static_cast<int>(piece.bytes().size()));
  }
  std::vector<io::ZeroCopyInputStream*> streams;
  for (io::ArrayInputStream& array : arrays) streams.push_back(&array);
  io::ConcatenatingInputStream all(streams.data(), static_cast<int>(streams.size()));
  if (!message.ParseFromBoundedZeroCopyStream(&all, static_cast<int>(bytes)))
    throw Error{Reason::invalid_request, "the message is not a valid protobuf message of this call"};
}

}  // namespace longshore::grpc
