#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace longshore::sqlite {

/// The folder that holds all of an embedded server, for one process at a time: made if need be, with mode
/// 0700 (one that is there keeps its mode), and locked (flock) as long as this lives. The kernel drops the
/// lock when the process dies, however it dies. Opened by the composition root before anything in the folder.
class DataFolder {
 public:
  /// Throws Error(internal). refused: not a folder, not ours, open to others for writing. retry: another
  /// process has it (and which one, if that is known).
  explicit DataFolder(std::string path);
  /// What the constructor would refuse about a folder that is there already; nullopt: nothing, or it is not
  /// there. Opens nothing.
  static std::optional<std::string> why_unsafe(const std::string& path);
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The path of something in it.
  [[nodiscard]] std::string file(std::string_view name) const;

 private:
  std::string path_;
  Fd lock_;
};

}  // namespace longshore::sqlite
