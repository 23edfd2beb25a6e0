#include "apps/longshored/data_folder.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "domain/error.h"

namespace longshore::server {
namespace {

constexpr mode_t kFolderMode = 0700;  // other users' business are neither the bytes nor the names
constexpr mode_t kLockMode = 0600;

Error failed(const std::filesystem::path& path, const char* doing) {
  return {Reason::internal,
          fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(errno))};
}

void make_folders(const std::filesystem::path& folder) {
  if (const auto parent = folder.parent_path(); !parent.empty() && parent != folder) {
    std::error_code error;
    if (!std::filesystem::is_directory(parent, error)) make_folders(parent);
  }
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    throw failed(folder, "cannot make the folder");
}

/// The process id that the holder of the lock wrote into it; for the message alone.
std::string holder(int lock) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(lock, text.data(), text.size(), 0);
  std::string pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

DataFolder::DataFolder(const Config& config) {
  make_folders(std::filesystem::absolute(config.data_dir).lexically_normal());
  const std::filesystem::path file = config.lock_file();
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockMode);
  if (lock_ < 0) throw failed(file, "cannot open");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const Error error =
        errno == EWOULDBLOCK
            ? Error(
                  Reason::internal,
                  fmt::format("the data folder {} belongs to {}: stop that longshored first, or name another "
                              "folder with --data-dir",
                              config.data_dir.string(), holder(lock_)))
            : failed(file, "cannot lock");
    ::close(lock_);
    throw error;
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
    const Error error = failed(file, "cannot write");
    ::close(lock_);
    throw error;
  }
  for (const DriveConfig& drive : config.drives) {
    make_folders(std::filesystem::absolute(drive.directory).lexically_normal());
  }
}

DataFolder::~DataFolder() { ::close(lock_); }

}  // namespace longshore::server
