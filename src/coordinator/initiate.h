#pragma once

#include <optional>

#include "coordinator/steps.h"

namespace longshore {

/// How an upload starts.
struct Start {
  bool single_put = false;  // COMPLETING from its first row, under `attempt`
  bool owned = false;       // fed by this request alone: cancelled once the request has gone
  AttemptId attempt;
};

/// Initiate, in its two halves: the row that decides, then the upload at the store. Used by initiate and by
/// whole objects.
class Initiation {
 public:
  Initiation(Coordinator& coordinator, Caller caller, InitiateRequest request, Start start)
      : coordinator_(coordinator),
        steps_(coordinator),
        caller_(std::move(caller)),
        request_(std::move(request)),
        start_(std::move(start)) {}

  struct Result {
    LoadedOperation loaded;
    bool repeated = false;  // an Idempotency-Key led to an upload that was there
  };
  /// One transaction: node, operation, idempotency key, uploads.initiated. Throws the reasons of initiate.
  Task<Result> insert();
  /// CreateMultipartUpload. A definite refusal ends the row (FAILED) and is thrown; an unknown outcome leaves
  /// it to the next touch.
  Task<LoadedOperation> create(LoadedOperation inserted);

 private:
  Task<LoadedOperation> allow_another_create(UploadId id);
  Task<std::optional<LoadedOperation>> repeated();
  Task<LoadedOperation> fail_uncreated(UploadId id, std::string code);
  Task<bool> owner_has_gone(const LoadedOperation& open);
  Task<void> check_open_uploads();
  [[nodiscard]] Node fresh_node(const NodeId& id) const;
  Change first_change(const Drive& drive, Node node, const UploadToken& token, Time now);

  Coordinator& coordinator_;
  Steps steps_;
  Caller caller_;
  InitiateRequest request_;
  Start start_;
};

}  // namespace longshore
