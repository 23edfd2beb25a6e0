#include <utility>

#include "coordinator/completion_try.h"

namespace longshore {

Task<CompleteAnswer> Coordinator::complete(Caller caller, CompleteRequest request) {
  Steps steps{*this};
  CompletionTry completion{steps,
                           co_await steps.resolve(std::move(request.ref)),
                           {.total_chunks = request.total_chunks,
                            .sha256_base64 = std::move(request.expected_sha256_base64),
                            .crc32c = request.expected_crc32c},
                           kOutcomePatience};
  co_return co_await completion.run(std::move(caller.request_id));
}

}  // namespace longshore
