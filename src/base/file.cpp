#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

namespace longshore {
namespace {

/// `write` takes what is left, and says how much of it was written.
template <class Write>
bool write_whole(ByteView bytes, Write write) {
  while (!bytes.empty()) {
    const ssize_t n = uninterrupted([&] { return write(bytes); });
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

bool write_all(int fd, ByteView bytes) {
  return write_whole(bytes, [fd](ByteView rest) { return ::write(fd, rest.data(), rest.size()); });
}

bool write_all(int fd, std::int64_t offset, ByteView bytes) {
  return write_whole(bytes, [fd, end = offset + std::ssize(bytes)](ByteView rest) {
    return ::pwrite(fd, rest.data(), rest.size(), end - std::ssize(rest));
  });
}

bool sync_folder(int fd) {
  return uninterrupted([fd] { return ::fsync(fd); }) == 0 || errno == EINVAL;
}

bool sync_folder(const std::string& path) {
  const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && sync_folder(folder.get());
}

}  // namespace longshore
