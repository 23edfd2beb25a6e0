#include "apps/longshore/input_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "apps/longshore/failure.h"

namespace longshore::cli {

namespace {

Failure file_error(const std::filesystem::path& path, int error) {
  return Failure(reasons::kFileError, path.string() + ": " + std::generic_category().message(error));
}

FileVersion version_of(const struct stat& s) {
  return {.size = s.st_size,
          .modified_ns = s.st_mtim.tv_sec * std::int64_t{1'000'000'000} + s.st_mtim.tv_nsec,
          .inode = s.st_ino,
          .device = s.st_dev};
}

}  // namespace

// O_NONBLOCK: a FIFO in the place of a file must not hang us before it is seen to be one; regular files
// ignore it.
InputFile::InputFile(std::filesystem::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
  struct stat s{};
  if (!file_ || ::fstat(file_.get(), &s) != 0) throw file_error(path_, errno);
  if (!S_ISREG(s.st_mode)) {
    throw Failure(reasons::kFileError,
                  path_.string() + " is no regular file; to send a stream, use 'put - --name NAME'");
  }
  version_ = version_of(s);
}

void InputFile::read(std::int64_t offset, MutableBytes into) const {
  while (!into.empty()) {
    const ssize_t count = uninterrupted(
        [&] { return ::pread(file_.get(), into.data(), into.size(), offset); });
    if (count < 0) throw file_error(path_, errno);
    if (count == 0)
      throw Failure(reasons::kFileChanged, path_.string() + " became shorter while it was being sent");
    offset += count;
    into = into.subspan(static_cast<std::size_t>(count));
  }
}

void InputFile::check_unchanged() const {
  struct stat s{};
  if (::stat(path_.c_str(), &s) != 0) {
    throw Failure(reasons::kFileChanged, path_.string() + " went away while it was being sent");
  }
  if (version_of(s) != version_) {
    throw Failure(reasons::kFileChanged, path_.string() + " changed while it was being sent");
  }
}

}  // namespace longshore::cli
