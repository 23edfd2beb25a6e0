#pragma once

#include <string>

#include "s3/checksum.h"
#include "s3/client.h"

namespace longshore::s3 {

/// One way to upload a short text at a key, from its creation to its completion, to see whether the store
/// takes it (probe.h). Used by one coroutine.
class TrialUpload {
 public:
  TrialUpload(Client& client, ObjectKey key, ChecksumPlan plan)
      : client_(client), key_(std::move(key)), plan_(plan) {}

  /// The Server field of the answer. Throws Error.
  Task<std::string> create();
  /// True if the store took the part with its checksum, and the completion, and showed the right checksums.
  /// Throws Error.
  Task<bool> finish();

  /// Leaves nothing of what was created, as far as the store can clean up.
  Task<void> clean_up();
  /// No answer says what became of create(): there may be an upload that nobody knows.
  [[nodiscard]] bool is_create_in_doubt() const { return created_ == Created::perhaps; }

 private:
  enum class Created { no, perhaps, yes };

  Client& client_;
  const ObjectKey key_;
  const ChecksumPlan plan_;
  StoreUploadId upload_;  // empty: none, or completed
  Created created_ = Created::no;
  std::string version_;  // of the object, in a bucket that keeps them
};

/// Ends all uploads at the key. What fails is left to the operator's rule for unfinished uploads.
Task<void> abort_all_uploads(Client& client, ObjectKey key);

}  // namespace longshore::s3
