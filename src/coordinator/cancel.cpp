#include <utility>

#include "coordinator/steps.h"
#include "coordinator/view.h"

namespace longshore {

Task<UploadView> Coordinator::cancel(Caller caller, UploadRef ref, std::string reason) {
  Steps steps{*this};
  const UploadId id = co_await steps.resolve(std::move(ref));
  const Ending ending{.state = OperationState::cancelled,
                      .error_code = "CANCELLED",
                      .message = reason.empty() ? "cancelled by the client" : std::move(reason)};
  LoadedOperation after = co_await steps.end(id, ending, caller.request_id);
  const Operation& op = after.operation;
  if (op.state == OperationState::completing)
    throw Error{Reason::upload_completing,
                "the upload is being completed; ask again for its outcome",
                {.retry_after = std::chrono::seconds{2}}};
  if (op.state != OperationState::cancelled) {
    if (op.state == OperationState::completed)
      throw Error{Reason::upload_ended,
                  "the upload is complete already; delete its node instead",
                  {.state = "COMPLETED"}};
    Steps::throw_ended(op);
  }
  co_return co_await view_of(steps, std::move(after));
}

}  // namespace longshore
