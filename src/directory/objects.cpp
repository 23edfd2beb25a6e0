#include "directory/objects.h"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <utility>

namespace longshore::directory {

namespace {

constexpr std::int64_t kRecordBytesMax = 1024 * 1024;  // a few KB of headers

std::int64_t modified_ns(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

bool tells_of(const std::optional<ObjectRecord>& record, const struct stat& data) {
  return record && record->size == data.st_size && record->modified_ns == modified_ns(data);
}

[[noreturn]] void key_conflict() {
  throw Error(
      Reason::store_refused,
      "the folder store cannot hold this key beside the others: one of them is the folder of the other",
      ErrorDetails{.store_code = "KeyConflict"});
}

/// Runs it; the errors that a file in the place of a folder makes, or the reverse, become a KeyConflict.
template <class Work>
void refusing_conflicts(Work work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string& code = error.details().store_code;
    if (code == "ENOTDIR" || code == "EISDIR" || code == "ENOTEMPTY" || code == "EEXIST") key_conflict();
    throw;
  }
}

}  // namespace

Objects::Records Objects::read_records(const ObjectKey& key) const {
  const RecordPaths paths = record_paths(key);
  Records records;
  if (const auto text = root_.read(paths.current, kRecordBytesMax)) records.current = object_record_of(*text);
  if (const auto text = root_.read(paths.next, kRecordBytesMax)) records.next = object_record_of(*text);
  return records;
}

std::optional<Objects::Found> Objects::find(const ObjectKey& key) const {
  const std::string path = object_path(key);
  const std::lock_guard lock(lock_of(key));
  auto data = root_.find(path, O_RDONLY | O_NONBLOCK);
  if (!data) return std::nullopt;
  const struct stat status = status_of(data->get());
  if (!S_ISREG(status.st_mode)) return std::nullopt;

  Found found{.data = std::move(*data), .size = status.st_size};
  const Records records = read_records(key);
  if (tells_of(records.next, status)) make_durable(key);
  if (const ObjectRecord* record = record_for(found.size, modified_ns(status), records.current,
                                              records.next)) {
    found.record = *record;
  }
  return found;
}

void Objects::check(const ObjectKey& key) const {
  const std::string path = object_path(key);
  if (const auto there = root_.status(path); there && S_ISDIR(there->st_mode)) key_conflict();
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto there = root_.status(path.substr(0, slash));
    if (!there) return;
    if (!S_ISDIR(there->st_mode)) key_conflict();
  }
}

/// Gives the file a time of change that the one to be replaced does not have; as the file system keeps it.
std::int64_t Objects::stamp(const Fd& data, const std::optional<struct stat>& replaced) const {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (replaced && replaced->st_mtim.tv_sec == now.tv_sec && replaced->st_mtim.tv_nsec == now.tv_nsec) {
    now.tv_nsec = now.tv_nsec > 0 ? now.tv_nsec - 1 : 1;
  }
  const std::array<timespec, 2> times{now, now};
  if (::futimens(data.get(), times.data()) != 0) throw file_error(errno, "set a file's time");
  return modified_ns(status_of(data.get()));
}

void Objects::place(const std::string& path, const ObjectKey& key, ObjectRecord record) {
  const std::string target = object_path(key);
  const RecordPaths paths = record_paths(key);
  const std::lock_guard lock(lock_of(key));
  if (is_unsettled(key)) make_durable(key);

  const Fd data = root_.open(path, O_WRONLY);
  record.modified_ns = stamp(data, root_.status(target));
  sync_all(data.get());

  {
    const std::lock_guard folders(tree_);
    root_.make_parents(paths.next);
  }
  root_.write(paths.next, to_json(record));
  root_.sync_parents(paths.next);

  const std::lock_guard folders(tree_);
  refusing_conflicts([&] {
    root_.make_parents(target);
    root_.rename(path, target);
  });
}

void Objects::settle(const ObjectKey& key) {
  const std::lock_guard lock(lock_of(key));
  try {
    make_durable(key);
  } catch (const Error& error) {
    throw Error(error.reason(), error.message(), error.details(), Outcome::unknown);
  }
}

/// The next record is the one of the data file at hand: the replacement has taken place, and nobody knows yet
/// whether it would outlive a power cut.
bool Objects::is_unsettled(const ObjectKey& key) const {
  const auto data = root_.status(object_path(key));
  return data && tells_of(read_records(key).next, *data);
}

void Objects::make_durable(const ObjectKey& key) const {
  root_.sync_parents(object_path(key));
  if (!is_unsettled(key)) return;
  const RecordPaths paths = record_paths(key);
  root_.rename(paths.next, paths.current);
}

void Objects::remove(const ObjectKey& key) {
  const std::string path = object_path(key);
  const RecordPaths paths = record_paths(key);
  const std::lock_guard lock(lock_of(key));
  const std::lock_guard folders(tree_);
  root_.remove(path);
  // Also where it was gone, and its folder with it: whoever removed them may have died before that was
  // durable.
  for (std::string folder = parent_of(path); !root_.sync_if_there(folder);) folder = parent_of(folder);
  root_.remove(paths.next);
  root_.remove(paths.current);
  remove_empty_parents(path);
}

void Objects::remove_empty_parents(const std::string& path) const {
  for (std::string folder = parent_of(path); folder != kObjectsFolder; folder = parent_of(folder)) {
    if (!root_.remove_folder(folder)) return;
  }
}

}  // namespace longshore::directory
