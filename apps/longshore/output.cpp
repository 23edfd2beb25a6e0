#include "apps/longshore/output.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "apps/longshore/failure.h"

namespace longshore::cli {

namespace fs = std::filesystem;

namespace {

/// An output that takes nothing is looked at this often.
constexpr int kLookPeriodMs = 100;
constexpr std::size_t kMaxNameBytes = 200;  // of the target's name in the partial one, which may have 255 in
                                            // all

[[noreturn]] void fail(const std::string& where, int error) {
  throw Failure(reasons::kFileError, where + ": " + std::generic_category().message(error));
}

[[noreturn]] void refuse(const std::string& why) { throw Failure(reasons::kFileError, why); }

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Whether there is anything of that name, even a link to nothing.
bool is_there(const fs::path& target) {
  struct stat s{};
  return ::lstat(target.c_str(), &s) == 0;
}

[[noreturn]] void refuse_to_replace(const fs::path& target) {
  refuse(target.string() + " is there already; to replace it, name it by -o FILE");
}

}  // namespace

void Output::read_kept(std::int64_t, MutableBytes) { fail("there are no kept bytes", EINVAL); }

FileOutput::FileOutput(fs::path target, const std::string& content, Existing existing)
    : target_(std::move(target)),
      partial_(folder_of(target_) /
               ("." + target_.filename().string().substr(0, kMaxNameBytes) + "." + content + ".part")),
      existing_(existing) {
  if (existing_ == Existing::kept && is_there(target_)) refuse_to_replace(target_);
  file_ = Fd(::open(partial_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666));
  if (!file_) fail(partial_.string(), errno);
  struct stat s{};
  if (::fstat(file_.get(), &s) != 0) fail(partial_.string(), errno);
  if (!S_ISREG(s.st_mode) || s.st_nlink != 1)
    refuse(partial_.string() + " is no file of its own (a device, or with several names): remove it");
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) refuse(partial_.string() + " is being written by another process");
    fail(partial_.string() + " cannot be locked", errno);
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

std::size_t FileOutput::write_some(ByteView piece) {
  if (!write_all(file_.get(), piece)) fail(partial_.string(), errno);
  size_ += static_cast<std::int64_t>(piece.size());
  return piece.size();
}

bool FileOutput::restart() {
  if (::ftruncate(file_.get(), 0) != 0) fail(partial_.string(), errno);
  size_ = 0;
  return true;
}

void FileOutput::commit() {
  if (::fsync(file_.get()) != 0) fail(partial_.string(), errno);
  put_in_place();
  committed_ = true;
  const fs::path folder = folder_of(target_);
  if (!sync_folder(folder)) fail(folder.string(), errno);
}

void FileOutput::put_in_place() {
  if (existing_ == Existing::kept) {
    if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) return;
    if (errno == EEXIST) refuse_to_replace(target_);
    if (errno != EINVAL) fail(target_.string(), errno);
    if (is_there(target_)) refuse_to_replace(target_);  // the file system cannot do both in one step
  }
  if (::rename(partial_.c_str(), target_.c_str()) != 0) fail(target_.string(), errno);
}

StreamOutput::StreamOutput(Fd file, std::string shown) : file_(std::move(file)), shown_(std::move(shown)) {
  struct stat s{};
  const bool is_file = ::fstat(file_.get(), &s) == 0 && S_ISREG(s.st_mode);
  write_max_ = is_file ? std::numeric_limits<std::size_t>::max() : PIPE_BUF;
}

std::unique_ptr<StreamOutput> StreamOutput::to_standard_output() {
  const std::string shown = "the standard output";
  Fd copy(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!copy) fail(shown, errno);
  return std::make_unique<StreamOutput>(std::move(copy), shown);
}

std::size_t StreamOutput::write_some(ByteView piece) {
  std::size_t written = 0;
  pollfd ready{.fd = file_.get(), .events = POLLOUT, .revents = 0};
  while (written < piece.size() && ::poll(&ready, 1, written == 0 ? kLookPeriodMs : 0) > 0) {
    const ByteView rest = piece.subspan(written);
    const ssize_t count = ::write(file_.get(), rest.data(), std::min(rest.size(), write_max_));
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (count < 0) fail(shown_, errno);
    has_written_ = true;
    written += static_cast<std::size_t>(count);
  }
  return written;
}

std::unique_ptr<Output> open_output(const fs::path& target, const std::string& content) {
  struct stat s{};
  if (::stat(target.c_str(), &s) != 0) {
    if (errno != ENOENT) fail(target.string(), errno);
    if (is_there(target)) refuse(target.string() + " is a link to nothing");
    return std::make_unique<FileOutput>(target, content);
  }
  if (S_ISREG(s.st_mode)) return std::make_unique<FileOutput>(fs::canonical(target), content);
  Fd file(::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file) return std::make_unique<StreamOutput>(std::move(file), target.string());
  if (errno == ENXIO && S_ISFIFO(s.st_mode)) return nullptr;
  fail(target.string(), errno);
}

}  // namespace longshore::cli
