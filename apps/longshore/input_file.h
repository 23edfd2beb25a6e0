#pragma once

#include <cstdint>
#include <filesystem>

#include "base/bytes.h"
#include "base/file.h"

namespace longshore::cli {

/// What tells one state of a file from another without reading it.
struct FileVersion {
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  bool operator==(const FileVersion&) const = default;
};

/// A regular file that is being uploaded. The version is that of the moment it was opened. All calls block on
/// the disk and may be made from any thread: run them on the pool.
class InputFile {
 public:
  /// Throws Failure FILE_ERROR: not there, not readable, no regular file.
  explicit InputFile(std::filesystem::path path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const FileVersion& version() const { return version_; }

  /// Fills `into` from `offset` on. Throws Failure FILE_CHANGED where the file ends before, FILE_ERROR where
  /// it cannot be read.
  void read(std::int64_t offset, MutableBytes into) const;

  /// Throws Failure FILE_CHANGED if another size, modification time or file stands at the path now.
  void check_unchanged() const;

 private:
  std::filesystem::path path_;
  Fd file_;
  FileVersion version_;
};

}  // namespace longshore::cli
