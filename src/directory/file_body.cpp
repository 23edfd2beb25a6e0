#include "directory/file_body.h"

#include <algorithm>
#include <fcntl.h>
#include <utility>

namespace longshore::directory {

FileBody::FileBody(Fd file, std::int64_t first, std::int64_t size, BlockingPool& pool, BufferPool& buffers)
    : file_(std::move(file)), first_(first), size_(size), pool_(pool), buffers_(buffers) {
  ::posix_fadvise(file_.get(), first_, size_, POSIX_FADV_SEQUENTIAL);
}

/// The last one to close a file that was deleted meanwhile waits until the disk has forgotten its bytes.
FileBody::~FileBody() {
  pool_.post([file = std::move(file_)] {});
}

Task<ByteView> FileBody::next() {
  if (read_ == size_) {
    release();
    co_return ByteView();
  }
  if (!buffer_) buffer_ = co_await buffers_.acquire();
  const MutableBytes space = buffer_.bytes();
  const auto want = static_cast<std::size_t>(std::min<std::int64_t>(size_ - read_, std::ssize(space)));
  const std::size_t got = co_await pool_.run([this, out = space.first(want)] {  //
    return read_some(file_.get(), first_ + read_, out);
  });
  if (got == 0) throw Error(Reason::integrity, "the object's file has become shorter while it was read");
  read_ += static_cast<std::int64_t>(got);
  co_return space.first(got);
}

bool FileBody::rewind() {
  read_ = 0;
  return true;
}

}  // namespace longshore::directory
