#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "front/grpc/chunk_decoder.h"
#include "front/grpc/inbox.h"
#include "front/grpc/piece.h"
#include "ports/body_source.h"

namespace longshore::grpc {

/// A piece of a request of which only the chunk's bytes are left, and how many it had.
struct StrippedPiece {
  Piece piece;
  std::size_t raw_bytes = 0;
};

/// Takes the next bytes of a call's request, and strips them. Empty in both: the client's end.
Task<StrippedPiece> next_stripped(Inbox& inbox, ChunkDecoder& decoder);

/// A chunk whose message lies in memory, whole: it can be sent to the store again.
class HeldChunk final : public BodySource {
 public:
  explicit HeldChunk(std::vector<Piece> pieces);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  Task<ByteView> next() override;
  bool rewind() override;

 private:
  std::vector<Piece> pieces_;
  std::int64_t size_ = 0;
  std::size_t given_ = 0;
};

/// A chunk that is passed on as it comes. Its last byte is given away only when the request has ended as it
/// should: nothing follows, and `check` has nothing against the rest of the message. It waits for the client
/// with no buffer in hand.
class RelayedChunk final : public BodySource {
 public:
  /// Of the whole chunk; throws Error.
  using Check = std::function<void(std::uint32_t crc32c)>;

  /// `first` is what has been taken from the inbox already. Inbox and decoder must outlive it.
  RelayedChunk(Inbox& inbox, ChunkDecoder& decoder, std::deque<StrippedPiece> first, std::int64_t size,
               Check check);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  /// Lets the client send when it is called first, and not before.
  Task<ByteView> next() override;
  void release() override { give_back(); }

 private:
  Task<ByteView> advance();
  Task<StrippedPiece> take();
  Task<void> take_some();
  Task<void> see_the_end();
  void give_back();

  Inbox& inbox_;
  ChunkDecoder& decoder_;
  std::deque<StrippedPiece> first_;
  const std::int64_t size_;
  const Check check_;
  bool begun_ = false;
  bool checked_ = false;
  StrippedPiece current_;
  std::byte last_{};
  std::int64_t taken_ = 0;
  Crc32c crc_;
  std::exception_ptr failure_;
};

}  // namespace longshore::grpc
