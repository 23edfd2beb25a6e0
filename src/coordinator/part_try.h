#pragma once

#include <optional>
#include <string>

#include "coordinator/steps.h"
#include "relay/verified_body.h"

namespace longshore {

/// What became of a try at one chunk.
struct PartStored {
  Receipt receipt;
  LedgerSummary summary;
  bool already_there = false;  // the same bytes had been acknowledged before; the body was not read
};
/// The upload ended as COMPLETED before this chunk: nothing was stored, and nothing is wrong.
struct UploadComplete {
  Operation operation;
};
using PartOutcome = std::variant<PartStored, UploadComplete>;

/// One try at one chunk: begin at the session store, the bytes to the object store, the receipt to the
/// session store. Used by put_part and, part by part, by whole objects. Throws the reasons of a part upload;
/// nothing stays behind then.
class PartTry {
 public:
  PartTry(Steps steps, UploadId upload, BeginPart begin)
      : steps_(steps), upload_(std::move(upload)), begin_(std::move(begin)) {}

  /// `sha256`: announced for this chunk, if any.
  Task<PartOutcome> run(BodySource& body, std::optional<Sha256Digest> sha256);

 private:
  using Opened = std::variant<SessionInfo, PartStored, UploadComplete>;
  Task<Opened> begin();
  Task<PartOutcome> send(SessionInfo info, BodySource& body, std::optional<Sha256Digest> sha256);
  Task<void> stream(SessionInfo info, BodySource& body, ETag& etag);
  Task<PartOutcome> record(Receipt receipt);
  Task<std::optional<UploadComplete>> wait_for_completion(AttemptId closed_by, Time give_up);
  Task<std::optional<UploadComplete>> open_session();
  Task<void> claim_last();
  Task<void> fail_if_gone();

  Steps steps_;
  UploadId upload_;
  BeginPart begin_;
};

}  // namespace longshore
