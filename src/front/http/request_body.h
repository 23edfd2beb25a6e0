#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>

#include "domain/error.h"
#include "front/common/patience.h"
#include "front/http/connection.h"
#include "front/http/framing.h"
#include "net/buffer_pool.h"
#include "net/chunk_framing.h"
#include "ports/body_source.h"

namespace longshore::http {

/// The body of the request that is being served, straight from the socket into one pooled buffer at a time.
/// While the client sends nothing, no buffer is held. Says "100 Continue" when it is first pulled, and not
/// before: a request that is refused is never sent. Throws Error: body_cut_off (the client went away),
/// request_timeout (too slow), invalid_request (broken chunks); once it has thrown, each further pull throws
/// again, and the connection cannot be used for another request.
class RequestBody final : public BodySource {
 public:
  RequestBody(Connection& connection, BufferPool& pool, const Framing& framing, Patience patience);

  [[nodiscard]] std::optional<std::int64_t> length() const override;
  Task<ByteView> next() override { return next_up_to(BufferPool::kBufferBytes); }
  /// next(), with at most `bytes_max` (not 0, at most a buffer's) in the piece.
  Task<ByteView> next_up_to(std::size_t bytes_max);
  void release() override { buffer_ = {}; }

  /// All of it was read: the next request follows in the connection.
  [[nodiscard]] bool at_end() const;
  /// Reads the rest of an unread body away, if that is little. True: the next request follows.
  Task<bool> skip_rest();
  /// Whether skip_rest() has a chance: said before the answer, which tells the client whether the connection
  /// stays.
  [[nodiscard]] bool rest_is_little() const;

  [[nodiscard]] std::int64_t received() const { return received_; }

 private:
  /// What a client may send on for nothing: about what is under way in its socket anyway.
  static constexpr std::int64_t kSkippedBytesMax = 256 * 1024;

  Task<ByteView> fill(std::size_t bytes_max);
  Task<bool> take_framing();
  Task<bool> move_data(std::size_t bytes_max);
  Task<void> wait_for_client();
  Task<void> say_continue();
  [[nodiscard]] std::int64_t data_left() const;
  void data_moved(std::size_t bytes);
  [[nodiscard]] Error cut_off() const;

  Connection& connection_;
  BufferPool& pool_;
  const Framing framing_;
  Patience patience_;
  BufferPool::Buffer buffer_;
  std::size_t filled_ = 0;
  ChunkFraming chunks_;  // BodyKind::chunked
  std::int64_t received_ = 0;
  bool continue_owed_;
  std::exception_ptr failure_;  // what every further pull throws
};

}  // namespace longshore::http
