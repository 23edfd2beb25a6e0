#pragma once

#include <optional>
#include <string>

#include "net/buffer_pool.h"
#include "ports/body_source.h"
#include "tests/sim/world.h"

namespace longshore::sim {

/// How a client sends a body.
struct Sending {
  std::string bytes;  // as they are sent: not always those that were announced
  bool length_known = true;
  std::int64_t announced = 0;           // the length, where known
  Millis pause_max{0};                  // between pieces
  std::optional<std::size_t> stops_at;  // after so many bytes nothing more comes
  bool cut = false;                     // where it stops: the connection breaks, or there is silence
};

/// A body as a front gives it to the coordinator: pieces in a pooled buffer, at the client's pace.
class ClientBody final : public BodySource {
 public:
  ClientBody(World& world, BufferPool& buffers, Sending sending, Dice dice)
      : world_(world), buffers_(buffers), sending_(std::move(sending)), dice_(dice) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override;
  Task<ByteView> next() override;
  void release() override { buffer_ = {}; }

 private:
  World& world_;
  BufferPool& buffers_;
  Sending sending_;
  Dice dice_;
  BufferPool::Buffer buffer_;
  std::size_t sent_ = 0;
  bool failed_ = false;
};

}  // namespace longshore::sim
