#include "directory/completion.h"

#include <algorithm>
#include <exception>
#include <fcntl.h>
#include <utility>

#include "base/hash.h"
#include "base/uuid.h"

namespace longshore::directory {

namespace {

/// At a time on one thread of the pool: a tenth of a second or so, then others have their turn.
constexpr std::int64_t kCopyBytes = 64 * 1024 * 1024;

Error refused(const char* code, const std::string& message) {
  return Error(Reason::store_refused, message, ErrorDetails{.store_code = code});
}

bool is_as_named(const PartRow& row, const CompletePart& named) {
  return row.etag == named.etag && row.size == named.size && (!named.crc32c || *named.crc32c == row.crc32c);
}

}  // namespace

Completion::Completion(std::shared_ptr<StagedUpload> upload, CompleteUpload request)
    : upload_(std::move(upload)), request_(std::move(request)), ending_(upload_) {
  check_parts();
  for (const CompletePart& part : request_.parts) numbers_.push_back(part.number);
  if (request_.crc32c && *request_.crc32c != checksum()) {
    throw Error(Reason::integrity, "the CRC32C of the whole is not the announced one",
                ErrorDetails{.store_code = "BadDigest"});
  }
  const std::string fresh_file = "join-" + random_hex(upload_->random(), 8);
  plan_ = plan_join(numbers_, upload_->parts(), upload_->request().chunk_size.has_value(), fresh_file);
}

void Completion::discard() {
  if (!upload_ || placed_ || !target_ || plan_.in_place) return;
  target_ = Fd();
  try {
    if (announced_) upload_->withdraw_completion();
    upload_->root().remove(upload_->path_of(plan_.file));
  } catch (const std::exception&) {  // the next start removes it
  }
}

void Completion::check_parts() const {
  if (request_.parts.empty()) throw refused("MalformedXML", "an object is made of at least one part");
  const PartTable& table = upload_->parts();
  std::int32_t before = 0;
  for (const CompletePart& named : request_.parts) {
    const std::int32_t number = named.number.value();
    if (number <= before) throw refused("InvalidPartOrder", "the parts are not in ascending order");
    before = number;
    const auto found = table.find(named.number);
    if (found == table.end() || !is_as_named(found->second, named)) {
      throw refused("InvalidPart", "part " + std::to_string(number) + " is not stored as it is named");
    }
  }
}

std::uint32_t Completion::checksum() const {
  std::uint32_t crc = 0;
  for (const PartNumber number : numbers_) {
    const PartRow& row = upload_->parts().at(number);
    crc = crc32c_combine(crc, row.crc32c, static_cast<std::uint64_t>(row.size));
  }
  return crc;
}

void Completion::open_target() {
  if (target_) return;
  const int make = plan_.in_place ? 0 : O_CREAT | O_EXCL;
  target_ = upload_->root().open(upload_->path_of(plan_.file), O_WRONLY | make);
}

bool Completion::join_some() {
  if (step_ == plan_.steps.size()) return false;
  open_target();
  const CopyStep& step = plan_.steps[step_];
  if (!source_) source_ = upload_->root().open(upload_->path_of(step.from.file), O_RDONLY);
  const std::int64_t n = std::min(kCopyBytes, step.size - copied_);
  copy_bytes(source_.get(), step.from.offset + copied_, target_.get(), step.to_offset + copied_, n);
  copied_ += n;
  if (copied_ < step.size) return true;

  source_ = Fd();
  copied_ = 0;
  ++step_;
  if (plan_.in_place) {  // its own file can go now: no second copy of the whole is ever there
    sync_data(target_.get());
    upload_->move_part(step.part, PartPlace{plan_.file, step.to_offset});
  }
  return true;
}

void Completion::place(Objects& objects) {
  open_target();
  objects.check(request_.key);
  object_ = StoredObject{.size = plan_.size, .crc32c = checksum()};
  object_.etag = fresh_etag(plan_.size, *object_.crc32c, upload_->random());

  announced_ = true;
  upload_->announce_completion(plan_.file, numbers_);
  cut_to(target_.get(), plan_.size);
  objects.place(upload_->path_of(plan_.file), request_.key,
                ObjectRecord{.key = request_.key,
                             .size = object_.size,
                             .etag = object_.etag,
                             .crc32c = object_.crc32c,
                             .headers = upload_->request().headers});
  placed_ = true;
  ending_.ended();
}

}  // namespace longshore::directory
