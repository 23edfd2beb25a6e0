#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "net/buffer_pool.h"

namespace longshore {

/// Bytes that it would be good to have again, kept in buffers that nobody needs at this moment. Whoever needs
/// memory takes it away, all of it at once and for good: nobody waits for bytes that were kept in spare room.
/// One owner, on one executor; what is taken away may be so on any thread.
class SpareBytes {
 public:
  /// `pool` outlives what is appended.
  explicit SpareBytes(BufferPool& pool);

  /// Keeps a copy of these too. When there is no room, everything is given up.
  void append(ByteView bytes);

  /// All that was ever appended is here.
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] std::int64_t size() const;

  /// Copies from `offset` on, as many bytes as there are and as `out` takes; nullopt: they were given up.
  [[nodiscard]] std::optional<std::size_t> read(std::int64_t offset, MutableBytes out) const;

 private:
  class Kept;

  BufferPool& pool_;
  std::shared_ptr<Kept> kept_;
  BufferPool::SpareTicket ticket_;
};

}  // namespace longshore
