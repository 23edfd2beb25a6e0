#include "directory/staged_upload.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <set>
#include <utility>

#include "base/uuid.h"
#include "directory/names.h"
#include "directory/records.h"
#include "directory/staged_part.h"

namespace longshore::directory {

namespace {

constexpr const char* kRequestFile = "upload.json";
constexpr const char* kRequestDraft = "upload.json.new";
constexpr const char* kLogFile = "parts.log";

constexpr std::int32_t kPartsMax = 10'000;                // S3's; bounds the table
constexpr std::int64_t kRequestBytesMax = 1024 * 1024;    // upload.json: a few KB of headers
constexpr std::int64_t kLogBytesMax = 256 * 1024 * 1024;  // read whole at start; every part re-sent two
                                                          // hundred times

std::string folder_of(const StoreUploadId& id) { return std::string(kStagingFolder) + "/" + id.str(); }

}  // namespace

Error no_such_upload() {
  return Error(Reason::store_refused, "the folder store has no such upload",
               ErrorDetails{.store_code = "NoSuchUpload"}, Outcome::absent);
}

ETag fresh_etag(std::int64_t size, std::uint32_t crc32c, Random& random) {
  char text[32];
  std::snprintf(text, sizeof text, "%08x-%llx-", crc32c, static_cast<unsigned long long>(size));
  return ETag(text + random_hex(random, 8));
}

StagedUpload::StagedUpload(const Folder& root, StoreUploadId id, CreateUpload request, Random& random)
    : root_(root),
      id_(std::move(id)),
      request_(std::move(request)),
      folder_(folder_of(id_)),
      random_(random) {}

std::shared_ptr<StagedUpload> StagedUpload::create(const Folder& root, StoreUploadId id, CreateUpload request,
                                                   Random& random) {
  std::shared_ptr<StagedUpload> upload(new StagedUpload(root, std::move(id), std::move(request), random));
  root.make_folder(upload->folder_);
  try {
    root.write(upload->path_of(kLogFile), "");
    if (upload->request_.chunk_size) root.write(upload->path_of(kDataFile), "");
    root.write(upload->path_of(kRequestDraft), to_json(upload->request_));
    root.rename(upload->path_of(kRequestDraft), upload->path_of(kRequestFile));
    root.sync(upload->folder_);
    root.sync(kStagingFolder);
  } catch (const Error&) {
    for (const char* file : {kRequestFile, kRequestDraft, kLogFile, kDataFile})
      root.discard(upload->path_of(file));
    throw;
  }
  return upload;
}

StagedUpload::Found StagedUpload::load(const Folder& root, const StoreUploadId& id, Random& random,
                                       std::shared_ptr<StagedUpload>& upload) {
  const std::string folder = folder_of(id);
  const auto json = root.read(folder + "/" + kRequestFile, kRequestBytesMax);
  if (!json) return Found::half_created;
  const auto request = create_upload_of(*json);
  const auto log = root.read(folder + "/" + kLogFile, kLogBytesMax);
  if (!request || !log) return Found::damaged;

  Replayed state;
  try {
    state = replay(*log);
  } catch (const Error&) {
    return Found::damaged;
  }
  upload.reset(new StagedUpload(root, id, *request, random));
  if (state.completed && !root.status(upload->path_of(*state.completed))) return Found::completed;
  upload->parts_ = std::move(state.parts);
  upload->log_bytes_ = state.good_bytes;
  if (state.completed) upload->append(open_line());
  upload->forget_lost_parts();
  upload->remove_broken_tries();
  return Found::unfinished;
}

void StagedUpload::forget_lost_parts() {
  std::map<std::string, std::int64_t> sizes;
  for (const std::string& name : root_.names(folder_)) {
    if (const auto file = root_.status(path_of(name))) sizes[name] = file->st_size;
  }
  const auto is_lost = [&](const PartRow& row) {
    return !sizes.contains(row.place.file) || sizes[row.place.file] < row.place.offset + row.size;
  };
  for (auto it = parts_.begin(); it != parts_.end();) {
    const bool lost = is_lost(it->second);
    if (lost) append(drop_line(it->first));
    it = lost ? parts_.erase(it) : std::next(it);
  }
}

void StagedUpload::remove_broken_tries() {
  std::set<std::string> used{kRequestFile, kLogFile};
  if (request_.chunk_size) used.insert(kDataFile);
  for (const auto& [number, row] : parts_) used.insert(row.place.file);
  for (const std::string& name : root_.names(folder_)) {
    if (!used.contains(name)) root_.remove(path_of(name));
  }
}

void StagedUpload::check_open() const {
  switch (state_.load()) {
    case State::open:
      return;
    case State::ended:
      throw no_such_upload();
    case State::ending:
      break;
  }
  throw unavailable(Reason::store_unavailable, "the upload is being completed or aborted", Outcome::retry);
}

StagedPart StagedUpload::begin(const PutPart& request) {
  const auto refuse = [](const char* code, const char* message) {
    throw Error(Reason::store_refused, message, ErrorDetails{.store_code = code});
  };
  if (request.number.value() < 1 || request.number.value() > kPartsMax) {
    refuse("InvalidArgument", "a part's number is between 1 and 10,000");
  }
  if (request.size < 0) refuse("InvalidArgument", "a part's size is negative");
  if (request_.chunk_size && request.size > *request_.chunk_size) {
    refuse("EntityTooLarge", "the part is larger than the upload's chunk size");
  }
  const std::lock_guard lock(mutex_);
  check_open();
  auto& slot = slots_[request.number];
  if (!slot) slot = std::make_shared<Slot>();
  slot->newest = ++tries_;
  return StagedPart(shared_from_this(), slot, request, tries_);
}

std::vector<ListedPart> StagedUpload::list() const {
  const std::lock_guard lock(mutex_);
  if (state_ == State::ended) throw no_such_upload();
  std::vector<ListedPart> parts;
  for (const auto& [number, row] : parts_) {
    parts.push_back(ListedPart{.number = number, .etag = row.etag, .size = row.size, .crc32c = row.crc32c});
  }
  return parts;
}

/// The record replaces whatever a failed append may have left there.
void StagedUpload::append(const std::string& line) {
  const std::int64_t end = log_bytes_ + static_cast<std::int64_t>(line.size());
  if (end > kLogBytesMax) {
    throw Error(Reason::store_refused, "the upload's parts were sent again too often",
                ErrorDetails{.store_code = "TooManyParts"});
  }
  const Fd log = root_.open(path_of(kLogFile), O_WRONLY);
  log_uncertain_ = true;
  write_all(log.get(), log_bytes_, as_bytes(line));
  cut_to(log.get(), end);
  sync_data(log.get());
  log_bytes_ = end;
  log_uncertain_ = false;
}

std::string StagedUpload::put(PartNumber number, PartRow row) {
  append(put_line(number, row));
  std::string old_file = std::exchange(parts_[number], std::move(row)).place.file;
  const auto uses = [&](const auto& entry) { return entry.second.place.file == old_file; };
  if (old_file == kDataFile || std::any_of(parts_.begin(), parts_.end(), uses)) return "";
  return old_file;
}

void StagedUpload::remove_unused(const std::string& file) {
  if (!file.empty()) root_.discard(path_of(file));
}

void StagedUpload::move_part(PartNumber number, PartPlace place) {
  std::string unused;
  {
    const std::lock_guard lock(mutex_);
    PartRow row = parts_.at(number);
    row.place = std::move(place);
    unused = put(number, std::move(row));
  }
  remove_unused(unused);
}

void StagedUpload::announce_completion(const std::string& file, const std::vector<PartNumber>& kept) {
  const std::lock_guard lock(mutex_);
  const std::set<PartNumber> keep(kept.begin(), kept.end());
  for (auto it = parts_.begin(); it != parts_.end();) {
    const bool goes = it->second.place.file == file && !keep.contains(it->first);
    if (goes) append(drop_line(it->first));
    it = goes ? parts_.erase(it) : std::next(it);
  }
  append(complete_line(file));
}

void StagedUpload::withdraw_completion() {
  const std::lock_guard lock(mutex_);
  append(open_line());
}

void StagedUpload::remove_request() {
  root_.remove(path_of(kRequestFile));
  root_.sync(folder_);
}

void StagedUpload::remove_leftover(const Folder& root, const StoreUploadId& id) {
  root.remove(folder_of(id) + "/" + kRequestFile);  // first: without it the rest is never taken for an upload
  root.remove_with_files(folder_of(id));
}

void StagedUpload::remove_files() noexcept {
  try {
    remove_leftover(root_, id_);
  } catch (const std::exception&) {
  }
}

StagedUpload::Ending::Ending(std::shared_ptr<StagedUpload> upload) : upload_(std::move(upload)) {
  std::vector<std::shared_ptr<Slot>> slots;
  {
    const std::lock_guard lock(upload_->mutex_);
    upload_->check_open();
    upload_->state_ = State::ending;
    for (const auto& [number, slot] : upload_->slots_) slots.push_back(slot);
  }
  // Whoever had seen it open before has written its piece once its slot is free.
  for (const auto& slot : slots) const std::lock_guard written(slot->writing);
}

StagedUpload::Ending::~Ending() {
  if (!upload_) return;
  auto expected = State::ending;
  upload_->state_.compare_exchange_strong(expected, State::open);
}

void StagedUpload::Ending::ended() { upload_->state_ = State::ended; }

}  // namespace longshore::directory
