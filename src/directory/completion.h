#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "directory/join.h"
#include "directory/objects.h"
#include "directory/staged_upload.h"

namespace longshore::directory {

/// One call of complete_upload. While it lives no part of the upload is written; destroyed before place() has
/// succeeded, it leaves the upload open, with every part that was named. (Others are gone by then, where they
/// lay in the file that was to become the object.) Blocks: from the blocking pool only, one thread at a time.
class Completion {
 public:
  /// Throws store_refused with InvalidPart, InvalidPartOrder or MalformedXML, integrity where the checksum of
  /// the whole is another, and what StagedUpload::begin() throws.
  Completion(std::shared_ptr<StagedUpload> upload, CompleteUpload request);
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&&) = delete;
  ~Completion() { discard(); }

  /// Copies a bounded number of bytes; false: nothing is left to be copied.
  bool join_some();
  /// The joined file becomes the object, which is yet to be settled; the upload has ended.
  void place(Objects& objects);
  /// Removes what was copied; harmless after place().
  void discard();
  [[nodiscard]] const StoredObject& object() const { return object_; }

 private:
  void check_parts() const;
  [[nodiscard]] std::uint32_t checksum() const;  // of the whole
  void open_target();

  std::shared_ptr<StagedUpload> upload_;
  CompleteUpload request_;
  StagedUpload::Ending ending_;
  std::vector<PartNumber> numbers_;
  JoinPlan plan_;
  Fd target_;
  Fd source_;
  std::size_t step_ = 0;
  std::int64_t copied_ = 0;  // of the current step
  bool announced_ = false;
  bool placed_ = false;
  StoredObject object_;
};

}  // namespace longshore::directory
