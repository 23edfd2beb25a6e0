#include <utility>

#include "coordinator/completion_try.h"
#include "coordinator/part_try.h"

namespace longshore {
namespace {

PartAnswer answer_of(const PutPartRequest& request, UploadId upload) {
  PartAnswer answer;
  answer.upload = std::move(upload);
  answer.chunk = request.chunk;
  answer.crc32c = request.crc32c;
  return answer;
}

void show_complete(PartAnswer& answer, const StoredObject& object) {
  answer.state = OperationState::completed;
  answer.bytes_uploaded = object.size;
  answer.file_sha256_base64 = object.sha256_base64;
}

}  // namespace

Task<PartAnswer> Coordinator::put_part(Caller caller, PutPartRequest request, BodySource& body) {
  Steps steps{*this};
  const UploadId upload = co_await steps.resolve(request.ref);
  PartAnswer answer = answer_of(request, upload);
  PartTry part{steps, upload,
               BeginPart{.chunk = request.chunk,
                         .size = request.size,
                         .crc32c = request.crc32c,
                         .last = request.last,
                         .attempt = steps.new_attempt()}};
  PartOutcome outcome = co_await part.run(body, request.sha256);
  if (auto* complete = std::get_if<UploadComplete>(&outcome)) {
    show_complete(answer, complete->operation.result.value_or(StoredObject{}));
    co_return answer;
  }
  const PartStored& stored = std::get<PartStored>(outcome);
  answer.crc32c = stored.receipt.crc32c;
  answer.bytes_uploaded = stored.summary.bytes;
  answer.stored = !stored.already_there;
  if (!stored.summary.whole) co_return answer;

  // The chunk that makes the set whole completes the upload: whichever chunk that is.
  CompletionTry completion{steps, upload, {}, kOutcomePatience};
  const CompleteAnswer whole = co_await completion.run(caller.request_id);
  answer.state = whole.state;
  if (whole.state == OperationState::completed) show_complete(answer, whole.object);
  co_return answer;
}

}  // namespace longshore
