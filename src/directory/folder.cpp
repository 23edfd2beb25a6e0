#include "directory/folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace longshore::directory {

namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kFolderMode = 0750;
/// Where copy_file_range does not work at all; small, since it is not counted in the memory budget.
constexpr std::size_t kCopyBufferBytes = 64 * 1024;

bool cannot_copy_range(int error) {
  return error == EXDEV || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
}

/// The same call would fail again, until somebody changes the machine.
bool is_lasting(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR:
    case EFBIG:
    case EXDEV:
    case ENOSYS:
      return true;
    default:
      return false;
  }
}

void copy_by_hand(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::int64_t size) {
  std::vector<std::byte> buffer(kCopyBufferBytes);
  while (size > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(size, kCopyBufferBytes));
    const std::size_t got = read_some(from, from_offset, MutableBytes(buffer).first(want));
    if (got == 0) throw file_error(EIO, "copy a part: its file is too short");
    write_all(to, to_offset, ByteView(buffer).first(got));
    from_offset += static_cast<std::int64_t>(got);
    to_offset += static_cast<std::int64_t>(got);
    size -= static_cast<std::int64_t>(got);
  }
}

}  // namespace

Error file_error(int error, std::string_view doing, Outcome outcome) {
  const char* name = ::strerrorname_np(error);
  ErrorDetails details{.store_code = name != nullptr ? name : "errno " + std::to_string(error)};
  std::string message = "the folder store cannot " + std::string(doing) + ": ";
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      message += "its disk is full";
      break;
    case EMFILE:
    case ENFILE:
      message += "too many files are open (raise the limit of open files)";
      break;
    case ENOSYS:
      message += "the kernel has no openat2 (Linux 5.6 or later)";
      break;
    case ELOOP:
      message += "a symbolic link is in the way";
      break;
    default:
      message += std::generic_category().message(error);
      break;
  }
  if (is_lasting(error)) {
    const Outcome known = outcome == Outcome::retry ? Outcome::refused : outcome;
    return Error(Reason::store_refused, message, std::move(details), known);
  }
  details.retry_after = Millis{1000};
  return Error(Reason::store_unavailable, message, std::move(details), outcome);
}

void write_all(int fd, std::int64_t offset, ByteView bytes) {
  if (!longshore::write_all(fd, offset, bytes)) throw file_error(errno, "write");
}

std::size_t read_some(int fd, std::int64_t offset, MutableBytes out) {
  const ssize_t n = uninterrupted([&] { return ::pread(fd, out.data(), out.size(), offset); });
  if (n < 0) throw file_error(errno, "read");
  return static_cast<std::size_t>(n);
}

void sync_data(int fd) {
  if (uninterrupted([&] { return ::fdatasync(fd); }) != 0) throw file_error(errno, "make bytes durable");
}

void sync_all(int fd) {
  if (uninterrupted([&] { return ::fsync(fd); }) != 0) throw file_error(errno, "make a file durable");
}

void cut_to(int fd, std::int64_t size) {
  if (uninterrupted([&] { return ::ftruncate(fd, size); }) != 0)
    throw file_error(errno, "set a file's length");
}

struct stat status_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) throw file_error(errno, "look at a file");
  return status;
}

void copy_bytes(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::int64_t size) {
  while (size > 0) {
    const ssize_t n = uninterrupted([&] {
      return ::copy_file_range(from, &from_offset, to, &to_offset, static_cast<std::size_t>(size), 0);
    });
    if (n < 0 && cannot_copy_range(errno)) return copy_by_hand(from, from_offset, to, to_offset, size);
    if (n < 0) throw file_error(errno, "copy a part");
    if (n == 0) throw file_error(EIO, "copy a part: its file is too short");
    size -= n;
  }
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Folder::Folder(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_) throw file_error(errno, "open its folder", Outcome::refused);
}

Fd Folder::try_open(const std::string& path, int flags, int& error) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? kFileMode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const long fd = uninterrupted(
      [&] { return ::syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof how); });
  error = fd < 0 ? errno : 0;
  return Fd(static_cast<int>(fd));
}

Fd Folder::open(const std::string& path, int flags) const {
  int error = 0;
  Fd fd = try_open(path, flags, error);
  if (!fd) throw file_error(error, "open a file");
  return fd;
}

std::optional<Fd> Folder::find(const std::string& path, int flags) const {
  int error = 0;
  Fd fd = try_open(path, flags, error);
  if (fd) return fd;
  if (error == ENOENT || error == ENOTDIR) return std::nullopt;
  throw file_error(error, "open a file");
}

std::optional<struct stat> Folder::status(const std::string& path) const {
  const auto fd = find(path, O_PATH);
  if (!fd) return std::nullopt;
  return status_of(fd->get());
}

std::vector<std::string> Folder::names(const std::string& path) const {
  Fd fd = open(path, O_RDONLY | O_DIRECTORY);
  const auto close = [](DIR* d) { ::closedir(d); };
  const std::unique_ptr<DIR, decltype(close)> dir(::fdopendir(fd.get()), close);
  if (!dir) throw file_error(errno, "list a folder");
  fd.release();  // closedir() closes it
  std::vector<std::string> names;
  for (;;) {
    errno = 0;  // readdir() says null at the end and at an error
    const dirent* entry = ::readdir(dir.get());
    if (entry == nullptr && errno != 0) throw file_error(errno, "list a folder");
    if (entry == nullptr) return names;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

std::optional<std::string> Folder::read(const std::string& path, std::int64_t bytes_max) const {
  const auto fd = find(path, O_RDONLY);
  if (!fd) return std::nullopt;
  const std::int64_t size = status_of(fd->get()).st_size;
  if (size > bytes_max) throw file_error(EFBIG, "read one of its own files");
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto rest = std::as_writable_bytes(std::span(text)).subspan(filled);
    const std::size_t got = read_some(fd->get(), static_cast<std::int64_t>(filled), rest);
    if (got == 0) break;
    filled += got;
  }
  text.resize(filled);
  return text;
}

void Folder::write(const std::string& path, std::string_view text) const {
  const Fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), 0, as_bytes(text));
  sync_all(fd.get());
}

bool Folder::make_folder(const std::string& path) const {
  const Fd parent = open(parent_of(path), O_PATH | O_DIRECTORY);
  if (::mkdirat(parent.get(), leaf_of(path).c_str(), kFolderMode) == 0) return true;
  if (errno == EEXIST) return false;
  throw file_error(errno, "make a folder");
}

void Folder::make_parents(const std::string& path) const {
  const std::string parent = parent_of(path);
  if (find(parent, O_PATH | O_DIRECTORY)) return;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    make_folder(path.substr(0, slash));
  }
}

void Folder::rename(const std::string& from, const std::string& to) const {
  const Fd from_parent = open(parent_of(from), O_PATH | O_DIRECTORY);
  const Fd to_parent = open(parent_of(to), O_PATH | O_DIRECTORY);
  if (::renameat(from_parent.get(), leaf_of(from).c_str(), to_parent.get(), leaf_of(to).c_str()) != 0) {
    throw file_error(errno, "rename a file");
  }
}

bool Folder::remove(const std::string& path) const {
  const auto parent = find(parent_of(path), O_PATH | O_DIRECTORY);
  if (!parent) return false;
  if (::unlinkat(parent->get(), leaf_of(path).c_str(), 0) == 0) return true;
  if (errno == ENOENT || errno == EISDIR) return false;
  throw file_error(errno, "remove a file");
}

bool Folder::remove_folder(const std::string& path) const {
  const auto parent = find(parent_of(path), O_PATH | O_DIRECTORY);
  if (!parent) return false;
  if (::unlinkat(parent->get(), leaf_of(path).c_str(), AT_REMOVEDIR) == 0) return true;
  if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return false;
  throw file_error(errno, "remove a folder");
}

void Folder::remove_with_files(const std::string& path) const {
  for (const std::string& name : names(path)) remove(path + "/" + name);
  remove_folder(path);
}

bool Folder::discard(const std::string& path) const noexcept {
  try {
    return remove(path);
  } catch (const std::exception&) {
    return false;
  }
}

void Folder::sync(const std::string& path) const {
  if (!sync_if_there(path)) throw file_error(ENOENT, "make a folder durable");
}

bool Folder::sync_if_there(const std::string& path) const {
  const auto folder = find(path, O_RDONLY | O_DIRECTORY);
  if (folder && !sync_folder(folder->get())) throw file_error(errno, "make a folder durable");
  return folder.has_value();
}

void Folder::sync_parents(const std::string& path) const {
  for (std::string folder = parent_of(path); folder != "."; folder = parent_of(folder)) sync_if_there(folder);
}

}  // namespace longshore::directory
