#include "apps/longshore/output.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "apps/longshore/failure.h"

namespace longshore::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxNameBytes = 200;  // of the target's name in the partial one, which may have 255 in
                                            // all

[[noreturn]] void fail(const std::string& where, int error) {
  throw Failure(reasons::kFileError, where + ": " + std::generic_category().message(error));
}

void append(int descriptor, ByteView piece, const std::string& where) {
  if (!write_all(descriptor, piece)) fail(where, errno);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

}  // namespace

void Output::read_kept(std::int64_t, MutableBytes) { fail("there are no kept bytes", EINVAL); }

FileOutput::FileOutput(fs::path target, const std::string& content)
    : target_(std::move(target)),
      partial_(folder_of(target_) /
               ("." + target_.filename().string().substr(0, kMaxNameBytes) + "." + content + ".part")) {
  file_ = Fd(::open(partial_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666));
  if (!file_) fail(partial_.string(), errno);
  struct stat s{};
  const bool is_locked = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
  if (!is_locked || ::fstat(file_.get(), &s) != 0 || !S_ISREG(s.st_mode) || s.st_nlink != 1) {
    throw Failure(reasons::kFileError, partial_.string() + " is being written by another process");
  }
  size_ = s.st_size;
}

FileOutput::~FileOutput() {
  if (!committed_ && size_ == 0) ::unlink(partial_.c_str());
}

void FileOutput::read_kept(std::int64_t offset, MutableBytes into) {
  while (!into.empty()) {
    const ssize_t count = uninterrupted(
        [&] { return ::pread(file_.get(), into.data(), into.size(), offset); });
    if (count <= 0) fail(partial_.string(), count == 0 ? EIO : errno);
    offset += count;
    into = into.subspan(static_cast<std::size_t>(count));
  }
}

void FileOutput::write(ByteView piece) {
  append(file_.get(), piece, partial_.string());
  size_ += static_cast<std::int64_t>(piece.size());
}

bool FileOutput::restart() {
  if (::ftruncate(file_.get(), 0) != 0) fail(partial_.string(), errno);
  size_ = 0;
  return true;
}

void FileOutput::commit() {
  if (::fsync(file_.get()) != 0) fail(partial_.string(), errno);
  if (::rename(partial_.c_str(), target_.c_str()) != 0) fail(target_.string(), errno);
  committed_ = true;
  const fs::path folder = folder_of(target_);
  if (!sync_folder(folder)) fail(folder.string(), errno);
}

void StreamOutput::write(ByteView piece) {
  has_written_ = true;
  append(descriptor_, piece, "the standard output");
}

}  // namespace longshore::cli
