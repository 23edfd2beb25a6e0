#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "domain/error.h"
#include "front/common/patience.h"
#include "front/grpc/message_room.h"
#include "front/grpc/piece.h"
#include "front/grpc/reading_time.h"
#include "front/grpc/signal.h"
#include "front/grpc/small_memory.h"
#include "net/buffer_pool.h"
#include "net/timers.h"
#include "ports/body_source.h"

namespace longshore::grpc {

/// The window of one stream: what its client may send.
class StreamWindow {
 public:
  StreamWindow() = default;
  StreamWindow(const StreamWindow&) = delete;
  StreamWindow& operator=(const StreamWindow&) = delete;
  virtual ~StreamWindow() = default;

  /// So many bytes in all that were not given back.
  virtual void open(std::int32_t bytes) = 0;
  virtual void give_back(std::size_t bytes) = 0;
};

/// What of a call's request has arrived and was not taken. The session puts bytes in, the call takes them
/// out, and says what memory it will have: that decides how far the window is opened.
///
///   first bytes   up to Http2Session::kFirstWindowBytes, in memory of the call's own: what one has to see to
///                 decide. A client that does not know our settings yet may send more: in small memory
///   hold()        a whole message, in memory that is there for it
///   relay()       passed on as it comes: a window of one buffer. Memory is taken when bytes arrive; none is
///                 held while the client sends nothing. When no buffer is free, one frame stays where it was
///                 read, and the connection is not read on until the call has taken it.
///
/// So whoever waits for memory holds small memory alone, whoever holds a reservation needs nothing else, and
/// whoever holds a buffer is drained by a store: nobody waits for ever (BufferPool). One executor.
class Inbox {
 public:
  /// Two buffers at most are in use: the one that the call has taken, and the one that fills meanwhile.
  static constexpr std::int32_t kRelayWindowBytes = BufferPool::kBufferBytes;

  struct Resources {
    BufferPool& buffers;
    SmallMemory small;
    Timers& timers;
    const ReadingTime& time;
  };

  Inbox(Resources resources, StreamWindow& window, Patience patience);

  // ---- the session's side

  /// `bytes` lie in `read`. False: no further byte of this connection may be read before has_room().
  bool receive(ByteView bytes, const std::shared_ptr<BufferPool::Buffer>& read);
  /// The client has sent all.
  void end();
  /// It will send no more because its stream is gone: whoever waits gets `why`.
  void cut_off(Error why);
  Task<void> has_room();

  // ---- the call's side: each throws Error body_cut_off, request_timeout (too slow), busy (small memory), or
  // what close() was given, and again when it is called again

  /// The next bytes; an empty piece at the end.
  Task<Piece> next();
  /// The next `bytes`, for which `room` is big enough, all of them. Once, and nothing but the end may follow.
  Task<std::vector<Piece>> hold(MessageRoom room, std::int64_t bytes);
  /// From here on next() gives what there is, and the client may send as next() is called.
  void relay();
  /// The client may send as many again; of pieces that were taken by next().
  void give_back(std::size_t bytes);
  /// Waits for the client's end. Throws Error invalid_request if there are bytes before it.
  Task<void> expect_end();

  /// Everything that is there, and that still comes, is thrown away: whoever still reads gets `why`.
  void close(Error why);

  /// Nobody will have to wait for the rest of the request: the client has sent all.
  [[nodiscard]] bool has_ended() const { return ended_ && !failure_; }
  [[nodiscard]] std::int64_t received() const { return received_; }

 private:
  enum class Mode { first, held, relayed, closed };

  bool receive_first(ByteView bytes);
  void receive_held(ByteView bytes);
  bool receive_relayed(ByteView bytes, const std::shared_ptr<BufferPool::Buffer>& read);
  void fail(Error why);
  void throw_failure() const;
  Task<void> wait();
  void take_small();

  const Resources resources_;
  StreamWindow& window_;
  Patience patience_;
  Signal changed_;
  Mode mode_ = Mode::first;
  SmallBytes first_;            // Mode::first
  std::deque<Piece> pieces_;    // not taken yet
  MessageRoom room_;            // Mode::held
  std::int64_t held_left_ = 0;  // Mode::held: bytes that are still to come
  bool full_ = false;           // Mode::relayed: the last piece lies where it was read
  bool ended_ = false;
  std::optional<Error> failure_;
  std::int64_t received_ = 0;
  std::int64_t given_back_ = 0;
};

}  // namespace longshore::grpc
