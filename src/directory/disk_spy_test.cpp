#include "directory/disk_spy_test.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <mutex>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace longshore::directory {
namespace {

struct Seen {
  std::mutex mutex;
  bool watching = false;
  std::thread::id watcher;
  std::string failing;
  std::function<void()> before_removal;
  std::vector<std::string> synced;
  std::vector<std::string> removed_here;
  std::vector<std::string> closed;
  std::vector<std::string> closed_here;
};

Seen& seen() {
  static Seen instance;
  return instance;
}

std::string path_of(int fd) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error).string();
}

std::string canonical(const std::string& path) { return std::filesystem::canonical(path).string(); }

/// False: it is to fail.
bool note_sync(int fd) {
  const std::lock_guard lock(seen().mutex);
  if (!seen().watching) return true;
  const std::string path = path_of(fd);
  if (path == seen().failing) return false;
  seen().synced.push_back(path);
  return true;
}

void note_close(int fd) {
  const std::lock_guard lock(seen().mutex);
  if (!seen().watching) return;
  seen().closed.push_back(path_of(fd));
  if (seen().watcher == std::this_thread::get_id()) seen().closed_here.push_back(seen().closed.back());
}

void note_removal(const char* name) {
  std::function<void()> work;
  {
    const std::lock_guard lock(seen().mutex);
    if (seen().watching && seen().watcher == std::this_thread::get_id())
      seen().removed_here.emplace_back(name);
    work = seen().before_removal;
  }
  if (work) work();
}

}  // namespace

DiskSpy::DiskSpy() {
  const std::lock_guard lock(seen().mutex);
  seen().watching = true;
  seen().watcher = std::this_thread::get_id();
}

DiskSpy::~DiskSpy() {
  const std::lock_guard lock(seen().mutex);
  seen().watching = false;
  seen().failing.clear();
  seen().before_removal = nullptr;
  seen().synced.clear();
  seen().removed_here.clear();
  seen().closed.clear();
  seen().closed_here.clear();
}

void DiskSpy::fail_sync_of(const std::string& path) {
  const std::lock_guard lock(seen().mutex);
  seen().failing = path.empty() ? "" : canonical(path);
}

bool DiskSpy::has_synced(const std::string& path) const {
  const std::lock_guard lock(seen().mutex);
  return std::ranges::find(seen().synced, canonical(path)) != seen().synced.end();
}

bool DiskSpy::has_synced_anything() const {
  const std::lock_guard lock(seen().mutex);
  return !seen().synced.empty();
}

void DiskSpy::forget() {
  const std::lock_guard lock(seen().mutex);
  seen().synced.clear();
}

void DiskSpy::before_removal(std::function<void()> work) {
  const std::lock_guard lock(seen().mutex);
  seen().before_removal = std::move(work);
}

std::vector<std::string> DiskSpy::removed_here() const {
  const std::lock_guard lock(seen().mutex);
  return seen().removed_here;
}

std::vector<std::string> DiskSpy::closed() const {
  const std::lock_guard lock(seen().mutex);
  return seen().closed;
}

std::vector<std::string> DiskSpy::closed_here() const {
  const std::lock_guard lock(seen().mutex);
  return seen().closed_here;
}

}  // namespace longshore::directory

extern "C" {

int fsync(int fd) {
  if (longshore::directory::note_sync(fd)) return static_cast<int>(::syscall(SYS_fsync, fd));
  errno = EIO;
  return -1;
}

int close(int fd) {
  longshore::directory::note_close(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}

int unlinkat(int folder, const char* name, int flags) noexcept {
  longshore::directory::note_removal(name);
  return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
}
