#include "events/file/event_file.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/bytes.h"
#include "domain/error.h"
#include "events/event_json.h"

namespace longshore::event_file {
namespace {

constexpr mode_t kMode = 0640;  // events name customers' files: for the server's group at most

std::string why(const char* what) {
  return std::string(what) + ": " + std::generic_category().message(errno);
}

Error unusable(const std::filesystem::path& file, const char* what) {
  return {Reason::internal, "event file " + file.filename().string() + ": " + why(what)};
}

/// Where the last whole line ends: 0, or one past the last line end.
std::int64_t end_of_last_line(int fd, std::int64_t size) {
  std::array<char, 64 * 1024> piece{};
  while (size > 0) {
    const std::int64_t from = std::max<std::int64_t>(0, size - static_cast<std::int64_t>(piece.size()));
    const ssize_t got = ::pread(fd, piece.data(), static_cast<std::size_t>(size - from), from);
    if (got != size - from) return -1;
    const std::string_view text(piece.data(), static_cast<std::size_t>(got));
    if (const std::size_t end = text.rfind('\n'); end != std::string_view::npos) {
      return from + static_cast<std::int64_t>(end) + 1;
    }
    size = from;
  }
  return 0;
}

}  // namespace

EventFile::EventFile(std::filesystem::path file, BlockingPool& pool)
    : path_(std::move(file)),
      pool_(pool),
      fd_(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode)) {
  if (!fd_) throw unusable(path_, "open");
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(Reason::internal, "event file " + path_.filename().string() + ": not a file");
  }
  good_bytes_ = end_of_last_line(fd_.get(), info.st_size);
  torn_ = good_bytes_ != info.st_size;
  // A new file is there after a crash only once its folder is synced.
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  if (good_bytes_ < 0 || (torn_ && undo()) || !sync_folder(folder)) throw unusable(path_, "repair");
}

Task<std::vector<PublishResult>> EventFile::publish(std::vector<OutboxRow> rows) {
  if (rows.empty()) co_return std::vector<PublishResult>{};
  const std::size_t count = rows.size();
  PublishResult result = co_await pool_.run([this, rows = std::move(rows)] {
    std::string lines;
    for (const OutboxRow& row : rows) lines += line_of(row);
    return append(lines);
  });
  co_return std::vector<PublishResult>(count, std::move(result));
}

PublishResult EventFile::append(const std::string& lines) {
  const std::lock_guard lock(mutex_);
  if (torn_) {
    if (PublishResult problem = undo()) return problem;
  }
  torn_ = true;
  if (!write_all(fd_.get(), as_bytes(lines)) || ::fdatasync(fd_.get()) != 0) {
    const std::string problem = why("write");
    undo();  // if that fails too, the next call begins with it
    return problem;
  }
  good_bytes_ += static_cast<std::int64_t>(lines.size());
  torn_ = false;
  return std::nullopt;
}

PublishResult EventFile::undo() {
  if (::ftruncate(fd_.get(), good_bytes_) != 0 || ::fdatasync(fd_.get()) != 0) return why("truncate");
  torn_ = false;
  return std::nullopt;
}

std::string line_of(const OutboxRow& row) {
  return R"({"topic":")" + std::string(topic_of(row.event.type)) + R"(","event":)" + event_json(row) + "}\n";
}

}  // namespace longshore::event_file
