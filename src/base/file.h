#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace longshore {

/// An open file descriptor, closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  /// It is somebody else's to close.
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Makes a system call again while a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// All block, and go on after a signal. False: errno says why.

/// All of `bytes`, where the file stands (at its end, with O_APPEND).
[[nodiscard]] bool write_all(int fd, ByteView bytes);
/// All of `bytes`, from `offset` on.
[[nodiscard]] bool write_all(int fd, std::int64_t offset, ByteView bytes);
/// Makes the names in a folder durable; true also where the file system has no such thing.
[[nodiscard]] bool sync_folder(int fd);
[[nodiscard]] bool sync_folder(const std::string& path);

}  // namespace longshore
