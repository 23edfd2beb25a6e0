#pragma once

#include <functional>
#include <string>
#include <vector>

namespace longshore::directory {

/// While it lives it sees which names this program makes durable, removes and closes, and can make the first
/// fail: it stands before fsync, unlinkat and close of the C library. One at a time; made and asked by the
/// test's thread.
class DiskSpy {
 public:
  DiskSpy();
  DiskSpy(const DiskSpy&) = delete;
  DiskSpy& operator=(const DiskSpy&) = delete;
  ~DiskSpy();

  /// From now on the fsync of this file or folder fails with EIO; "" ends that.
  void fail_sync_of(const std::string& path);
  /// Whether this file or folder was synced since the spy was made or forget() was called.
  [[nodiscard]] bool has_synced(const std::string& path) const;
  [[nodiscard]] bool has_synced_anything() const;
  void forget();
  /// Runs before a name is removed, on the thread that does it.
  void before_removal(std::function<void()> work);
  /// The names that the test's own thread has removed.
  [[nodiscard]] std::vector<std::string> removed_here() const;
  /// The files that were closed; and by the test's own thread.
  [[nodiscard]] std::vector<std::string> closed() const;
  [[nodiscard]] std::vector<std::string> closed_here() const;
};

}  // namespace longshore::directory
