#include "directory/staged_part.h"

#include <fcntl.h>
#include <utility>

#include "base/uuid.h"

namespace longshore::directory {

namespace {

/// How much is left to the kernel before it is told to write: the sync at the end then has little left to
/// wait for.
constexpr std::int64_t kWriteBehindBytes = 8 * 1024 * 1024;

}  // namespace

StagedPart::StagedPart(std::shared_ptr<StagedUpload> upload, std::shared_ptr<StagedUpload::Slot> slot,
                       PutPart request, std::uint64_t ticket)
    : upload_(std::move(upload)), slot_(std::move(slot)), request_(std::move(request)), ticket_(ticket) {}

void StagedPart::discard() {
  if (!fd_ || finished_) return;
  fd_ = Fd();
  if (place_.file == StagedUpload::kDataFile) return;  // not listed, and the next try writes there again
  upload_->root_.discard(upload_->path_of(place_.file));
}

/// With the slot's lock held, so that no byte is written after a newer try has begun to write, or the upload
/// to end.
void StagedPart::check_newest() const {
  upload_->check_open();
  if (slot_->newest.load() == ticket_) return;
  throw unavailable(Reason::store_unavailable, "the part is being sent anew", Outcome::retry);
}

void StagedPart::open_file() {
  StagedUpload& upload = *upload_;
  if (!upload.request_.chunk_size) {
    place_.file = "part-" + std::to_string(request_.number.value()) + "-" + random_hex(upload.random_, 8);
    fd_ = upload.root_.open(upload.path_of(place_.file), O_WRONLY | O_CREAT | O_EXCL);
    return;
  }
  place_ = PartPlace{StagedUpload::kDataFile, (request_.number.value() - 1) * *upload.request_.chunk_size};
  Fd fd = upload.root_.open(upload.path_of(StagedUpload::kDataFile), O_WRONLY);
  const std::lock_guard lock(upload.mutex_);
  if (upload.parts_.contains(request_.number) || upload.log_uncertain_) {
    upload.append(drop_line(request_.number));
    upload.parts_.erase(request_.number);
  }
  fd_ = std::move(fd);
}

void StagedPart::write(ByteView piece) {
  const auto n = static_cast<std::int64_t>(piece.size());
  if (n > request_.size - written_) {
    throw Error(Reason::integrity, "the body is longer than announced",
                ErrorDetails{.store_code = "IncompleteBody"});
  }
  const std::lock_guard lock(slot_->writing);
  check_newest();
  if (!fd_) open_file();
  write_all(fd_.get(), place_.offset + written_, piece);
  crc_.update(piece);
  written_ += n;
  if (written_ - handed_to_disk_ >= kWriteBehindBytes) {
    ::sync_file_range(fd_.get(), place_.offset + handed_to_disk_, written_ - handed_to_disk_,
                      SYNC_FILE_RANGE_WRITE);
    handed_to_disk_ = written_;
  }
}

void StagedPart::check_received() const {
  if (written_ != request_.size) {
    throw Error(Reason::integrity, "the body is shorter than announced",
                ErrorDetails{.store_code = "IncompleteBody"});
  }
  if (request_.crc32c && *request_.crc32c != crc_.value()) {
    throw Error(Reason::integrity, "the part's CRC32C is not the announced one",
                ErrorDetails{.store_code = "BadDigest"});
  }
}

StoredPart StagedPart::finish() {
  check_received();
  StagedUpload& upload = *upload_;
  const std::lock_guard lock(slot_->writing);
  check_newest();
  if (!fd_) open_file();
  sync_data(fd_.get());
  if (place_.file != StagedUpload::kDataFile) upload.root_.sync(upload.folder_);

  PartRow row{
      .etag = fresh_etag(written_, crc_.value(), upload.random_), .size = written_, .crc32c = crc_.value()};
  row.place = place_;
  StoredPart stored{.etag = row.etag};
  std::string unused;
  {
    const std::lock_guard listing(upload.mutex_);
    unused = upload.put(request_.number, std::move(row));
  }
  finished_ = true;
  fd_ = Fd();
  upload.remove_unused(unused);
  return stored;
}

}  // namespace longshore::directory
