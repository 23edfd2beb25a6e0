#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include <google/protobuf/message_lite.h>

#include "front/grpc/inbox.h"
#include "front/grpc/message_room.h"
#include "front/grpc/piece.h"

namespace longshore::grpc {

/// The messages of a request, one after the other, each parsed when it is whole. Throws Error: as Inbox;
/// body_cut_off (the end inside a message), invalid_request (no protobuf), as message_length().
class MessageReader {
 public:
  explicit MessageReader(Inbox& inbox) : inbox_(inbox) {}

  /// Waits for the next message's prefix: how long it is. nullopt: the client has sent all.
  Task<std::optional<std::int64_t>> next_length();
  /// That message, which fits the first window with its prefix.
  Task<void> read(google::protobuf::MessageLite& message, std::int64_t bytes);
  /// That message, of any length, for which `room` is big enough; nothing but the end may follow.
  Task<void> read_held(google::protobuf::MessageLite& message, std::int64_t bytes, MessageRoom room);

 private:
  Task<bool> has(std::size_t bytes);
  void drop(std::size_t bytes);
  void parse(google::protobuf::MessageLite& message, std::size_t bytes);

  Inbox& inbox_;
  std::deque<Piece> ahead_;  // taken from the inbox, and not dropped yet
  std::size_t ahead_bytes_ = 0;
};

}  // namespace longshore::grpc
