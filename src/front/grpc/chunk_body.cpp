#include "front/grpc/chunk_body.h"

#include <utility>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

Error too_long(std::int64_t size) {
  return Error{Reason::invalid_request,
               "the chunk is longer than the " + std::to_string(size) + " bytes that were announced"};
}

}  // namespace

Task<StrippedPiece> next_stripped(Inbox& inbox, ChunkDecoder& decoder) {
  StrippedPiece stripped;
  stripped.piece = co_await inbox.next();
  stripped.raw_bytes = stripped.piece.bytes().size();
  stripped.piece.cut(decoder.strip(stripped.piece.bytes()));
  co_return stripped;
}

HeldChunk::HeldChunk(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
  std::erase_if(pieces_, [](const Piece& piece) { return piece.empty(); });
  for (Piece& piece : pieces_) size_ += std::ssize(piece.bytes());
}

Task<ByteView> HeldChunk::next() {
  if (given_ == pieces_.size()) co_return ByteView{};
  co_return pieces_[given_++].bytes();
}

bool HeldChunk::rewind() {
  given_ = 0;
  return true;
}

RelayedChunk::RelayedChunk(Inbox& inbox, ChunkDecoder& decoder, std::deque<StrippedPiece> first,
                           std::int64_t size, Check check)
    : inbox_(inbox), decoder_(decoder), first_(std::move(first)), size_(size), check_(std::move(check)) {}

Task<ByteView> RelayedChunk::next() {
  if (failure_) std::rethrow_exception(failure_);
  try {
    co_return co_await advance();
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
}

Task<ByteView> RelayedChunk::advance() {
  if (!std::exchange(begun_, true)) inbox_.relay();
  give_back();
  while (taken_ < size_) {
    co_await take_some();
    if (taken_ == size_ && inbox_.has_ended()) {  // usually: nothing is to be waited for
      co_await see_the_end();
    } else if (taken_ == size_) {
      const MutableBytes bytes = current_.piece.bytes();
      last_ = bytes.back();
      current_.piece.cut(bytes.size() - 1);
    }
    if (!current_.piece.empty()) co_return current_.piece.bytes();
    give_back();
  }
  if (checked_) co_return ByteView{};
  co_await see_the_end();
  co_return ByteView(&last_, size_ > 0 ? 1 : 0);
}

/// The next bytes of the chunk, if there are any in the next piece.
Task<void> RelayedChunk::take_some() {
  current_ = co_await take();
  if (current_.raw_bytes == 0) {
    decoder_.finish();
    throw Error{Reason::body_cut_off, "the chunk ended after " + std::to_string(taken_) + " bytes of " +
                                          std::to_string(size_) + "; nothing was stored"};
  }
  taken_ += std::ssize(current_.piece.bytes());
  if (taken_ > size_) throw too_long(size_);
  crc_.update(current_.piece.bytes());
}

Task<StrippedPiece> RelayedChunk::take() {
  if (first_.empty()) co_return co_await next_stripped(inbox_, decoder_);
  StrippedPiece taken = std::move(first_.front());
  first_.pop_front();
  co_return taken;
}

/// Everything but what is in the current piece: the tail of the message, and the client's end.
Task<void> RelayedChunk::see_the_end() {
  inbox_.give_back(std::exchange(current_.raw_bytes, 0));  // so that the tail may come
  for (;;) {
    const StrippedPiece tail = co_await take();
    if (tail.raw_bytes == 0) break;
    if (!tail.piece.empty()) throw too_long(size_);
    inbox_.give_back(tail.raw_bytes);
  }
  decoder_.finish();
  if (check_) check_(crc_.value());
  checked_ = true;
}

void RelayedChunk::give_back() {
  inbox_.give_back(std::exchange(current_.raw_bytes, 0));
  current_.piece = Piece();
}

}  // namespace longshore::grpc
