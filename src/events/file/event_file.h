#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.h"
#include "net/blocking_pool.h"
#include "ports/event_sink.h"

namespace longshore::event_file {

/// Events as lines of a file, {"topic": ..., "event": {...}} each (docs/formats/events.md), appended and
/// synced before they are acknowledged: one write and one fdatasync a call. The file belongs to this process
/// (the lock of the data folder). Thread-safe. `pool` runs the work and is joined before this goes.
class EventFile final : public EventSink {
 public:
  /// Opens the file, or makes it with mode 0640. A last line without its line end was never acknowledged: a
  /// crash cut it off, and it is removed. Throws Error(internal) if the file cannot be used. Blocks.
  EventFile(std::filesystem::path file, BlockingPool& pool);

  /// All rows of a call are acknowledged or none. A failed write is undone before anything else is written.
  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override;

 private:
  PublishResult append(const std::string& lines);
  PublishResult undo();

  std::filesystem::path path_;
  BlockingPool& pool_;
  std::mutex mutex_;
  Fd fd_;
  std::int64_t good_bytes_ = 0;  // all of it whole lines, synced
  bool torn_ = false;            // there may be more behind good_bytes_
};

/// The line of a row, with its line end.
std::string line_of(const OutboxRow& row);

}  // namespace longshore::event_file
