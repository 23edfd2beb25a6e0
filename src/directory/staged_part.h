#pragma once

#include <cstdint>
#include <memory>

#include "base/hash.h"
#include "directory/folder.h"
#include "directory/staged_upload.h"

namespace longshore::directory {

/// One call of put_part. Used by one thread at a time, from the blocking pool. Destroyed unfinished, it
/// leaves nothing behind that anybody lists.
class StagedPart {
 public:
  StagedPart(StagedPart&&) noexcept = default;
  StagedPart& operator=(StagedPart&&) = delete;
  ~StagedPart() { discard(); }

  /// Throws also where the body turns out longer than announced, or a newer try has begun.
  void write(ByteView piece);
  /// Makes the part durable, then listed.
  StoredPart finish();
  /// Removes what was written; harmless after finish().
  void discard();

 private:
  friend class StagedUpload;
  StagedPart(std::shared_ptr<StagedUpload> upload, std::shared_ptr<StagedUpload::Slot> slot, PutPart request,
             std::uint64_t ticket);
  void check_newest() const;
  void open_file();
  void check_received() const;

  std::shared_ptr<StagedUpload> upload_;
  std::shared_ptr<StagedUpload::Slot> slot_;
  PutPart request_;
  std::uint64_t ticket_;
  Fd fd_;
  PartPlace place_;
  std::int64_t written_ = 0;
  std::int64_t handed_to_disk_ = 0;
  Crc32c crc_;
  bool finished_ = false;
};

}  // namespace longshore::directory
