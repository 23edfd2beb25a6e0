#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "domain/error.h"

namespace longshore::directory {

/// What a failed system call means to the caller; `doing` completes "the folder store cannot ...". Full disk,
/// lack of descriptors and I/O errors are store_unavailable, missing rights and unfit names store_refused
/// with the errno's name as store_code.
Error file_error(int error, std::string_view doing, Outcome outcome = Outcome::retry);

// On open files. All block, retry on EINTR and throw file_error.
void write_all(int fd, std::int64_t offset, ByteView bytes);
std::size_t read_some(int fd, std::int64_t offset, MutableBytes out);  // 0: end of file
void sync_data(int fd);
void sync_all(int fd);
void cut_to(int fd, std::int64_t size);
struct stat status_of(int fd);
/// Copies bytes between files of one file system, sharing them where it can (copy_file_range tries a reflink
/// first).
void copy_bytes(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::int64_t size);

/// A folder and what lies beneath it. Every path is relative, and is resolved by openat2 such that it leads
/// neither out of the folder nor through a symbolic link, whoever put that there. Thread-safe. All calls
/// block, and throw file_error.
class Folder {
 public:
  /// The folder must be there.
  explicit Folder(const std::string& path);

  [[nodiscard]] Fd open(const std::string& path, int flags) const;
  /// nullopt: nothing there, or no folder on the way there.
  [[nodiscard]] std::optional<Fd> find(const std::string& path, int flags) const;
  [[nodiscard]] std::optional<struct stat> status(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> names(const std::string& path) const;
  /// All of a file; nullopt: not there. Throws store_refused beyond `bytes_max`.
  [[nodiscard]] std::optional<std::string> read(const std::string& path, std::int64_t bytes_max) const;

  /// A new file, or the old one made empty, with these bytes, durable but for its name.
  void write(const std::string& path, std::string_view text) const;
  /// Makes one folder; false: it was there.
  bool make_folder(const std::string& path) const;
  /// Makes the folders above `path` as far as they are missing; sync_parents() makes them durable.
  void make_parents(const std::string& path) const;
  void rename(const std::string& from, const std::string& to) const;
  /// False: it was not there.
  bool remove(const std::string& path) const;
  /// False: it was not there, or not empty.
  bool remove_folder(const std::string& path) const;
  /// A folder with the files in it (not folders: we make none).
  void remove_with_files(const std::string& path) const;
  /// Removes a file that nobody needs any more, if that can be done now; true if it did. What stays is found
  /// by the next start.
  bool discard(const std::string& path) const noexcept;
  /// Makes the names in a folder durable.
  void sync(const std::string& path) const;
  /// False: the folder is not there.
  bool sync_if_there(const std::string& path) const;
  /// Makes `path` findable after a power cut: the names in each folder above it. Also in those that were
  /// there already: whoever made them may have died before they were durable. Passes over those that are
  /// gone, and what was in them.
  void sync_parents(const std::string& path) const;

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  [[nodiscard]] Fd try_open(const std::string& path, int flags, int& error) const;

  Fd fd_;
};

std::string parent_of(const std::string& path);  // "." for a single name
std::string leaf_of(const std::string& path);

}  // namespace longshore::directory
