#pragma once

#include <filesystem>

#include "apps/longshored/config.h"

namespace longshore::server {

/// The data folder in the hands of this process: made where it is missing, and locked (flock on the file
/// `lock` in it) until this object goes or the process dies. Two servers on one folder would undo each
/// other's work, so everything that opens what lies in it holds one of these first.
class DataFolder {
 public:
  /// Makes the data folder and the folders of all drives, mode 0700. Throws Error(internal): another process
  /// has it, or it cannot be made. Blocks.
  explicit DataFolder(const Config& config);
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder();

 private:
  int lock_ = -1;
};

}  // namespace longshore::server
