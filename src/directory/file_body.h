#pragma once

#include <cstdint>
#include <optional>

#include "directory/folder.h"
#include "net/blocking_pool.h"
#include "net/buffer_pool.h"
#include "ports/body_source.h"

namespace longshore::directory {

/// A stretch of an open file, read in buffers of the common budget: one from next() to release() or the end.
/// Goes on when the file is replaced or deleted meanwhile. Pools outlive it.
class FileBody final : public BodySource {
 public:
  /// `size` bytes from `first` on.
  FileBody(Fd file, std::int64_t first, std::int64_t size, BlockingPool& pool, BufferPool& buffers);
  ~FileBody() override;

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  Task<ByteView> next() override;
  void release() override { buffer_ = {}; }
  bool rewind() override;

 private:
  Fd file_;
  std::int64_t first_;
  std::int64_t size_;
  std::int64_t read_ = 0;
  BlockingPool& pool_;
  BufferPool& buffers_;
  BufferPool::Buffer buffer_;
};

}  // namespace longshore::directory
