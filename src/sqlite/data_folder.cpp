#include "sqlite/data_folder.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "domain/error.h"

namespace longshore::sqlite {
namespace {

constexpr ::mode_t kOwnerOnly = 0700;
constexpr const char* kLockFile = "lock";

[[noreturn]] void refuse(const std::string& what) { throw Error(Reason::internal, what); }

[[noreturn]] void refuse_by_errno(const std::string& what) {
  refuse(what + ": " + std::generic_category().message(errno));
}

/// Makes the folder for its owner alone, so that it is still there after a power cut.
void make(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code problem;
  std::filesystem::create_directories(parent, problem);
  if (problem) refuse("the folder above the data folder cannot be made: " + problem.message());
  if (::mkdir(path.c_str(), kOwnerOnly) != 0) {
    if (errno == EEXIST) return;
    refuse_by_errno("the data folder cannot be made");
  }
  if (!sync_folder(parent)) refuse_by_errno("the data folder cannot be made durable");
}

/// A folder that was there keeps its mode: it may be others' too. What is in it is closed to them file by
/// file, but nothing is safe where they may take names away and put others in their place.
std::optional<std::string> why_unsafe(const struct stat& folder) {
  const ::uid_t self = ::geteuid();
  if (folder.st_uid != self && self != 0) return "the data folder belongs to another user";
  if ((folder.st_mode & (S_IWGRP | S_IWOTH)) == 0) return std::nullopt;
  return "the data folder is open to others for writing; take that away (chmod go-w), or name another one";
}

void refuse_unsafe(int folder) {
  struct stat info{};
  if (::fstat(folder, &info) != 0) refuse_by_errno("the data folder cannot be looked at");
  if (const auto why = why_unsafe(info)) refuse(*why);
}

/// " by process 42", or "" if the lock file does not say.
std::string holder(int lock_file) {
  std::array<char, 16> text{};
  const ::ssize_t size = ::pread(lock_file, text.data(), text.size(), 0);
  int pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{} || pid <= 0)
    return "";
  return " by process " + std::to_string(pid);
}

/// Only for people: where it cannot be written, the lock holds all the same.
void write_holder(int lock_file) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_file, 0) != 0) return;
  [[maybe_unused]] const ::ssize_t written = ::pwrite(lock_file, text.data(), text.size(), 0);
}

}  // namespace

DataFolder::DataFolder(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  make(path_);
  const Fd folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) refuse_by_errno("the data folder cannot be opened");
  refuse_unsafe(folder.get());
  lock_ = Fd(::openat(folder.get(), kLockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_) refuse_by_errno("the data folder is not writable");
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) refuse_by_errno("the data folder cannot be locked");
    throw Error(Reason::internal,
                "the data folder is in use" + holder(lock_.get()) + "; end it, or name another data folder",
                {}, Outcome::retry);
  }
  write_holder(lock_.get());
}

std::optional<std::string> DataFolder::why_unsafe(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? sqlite::why_unsafe(info) : std::nullopt;
}

std::string DataFolder::file(std::string_view name) const { return path_ + "/" + std::string(name); }

}  // namespace longshore::sqlite
