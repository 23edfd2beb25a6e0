#include "decorators/measured_object_store.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace longshore {
namespace {

using std::string_view_literals::operator""sv;

// What stores say of a part: S3's codes, and the folder store's, of which some are the kernel's.
constexpr std::array kStoreCodes{"AccessDenied"sv,
                                 "BadDigest"sv,
                                 "EntityTooLarge"sv,
                                 "ExpiredToken"sv,
                                 "IncompleteBody"sv,
                                 "InternalError"sv,
                                 "InvalidAccessKeyId"sv,
                                 "InvalidArgument"sv,
                                 "InvalidDigest"sv,
                                 "InvalidKey"sv,
                                 "InvalidPart"sv,
                                 "InvalidRequest"sv,
                                 "KeyConflict"sv,
                                 "KeyTooLongError"sv,
                                 "NoSuchBucket"sv,
                                 "NoSuchUpload"sv,
                                 "OperationAborted"sv,
                                 "QuotaExceeded"sv,
                                 "RequestTimeout"sv,
                                 "RequestTimeTooSkewed"sv,
                                 "ServiceUnavailable"sv,
                                 "SignatureDoesNotMatch"sv,
                                 "SlowDown"sv,
                                 "TooManyParts"sv,
                                 "EACCES"sv,
                                 "EDQUOT"sv,
                                 "EFBIG"sv,
                                 "EIO"sv,
                                 "EMFILE"sv,
                                 "ENFILE"sv,
                                 "ENOENT"sv,
                                 "ENOSPC"sv,
                                 "EPERM"sv,
                                 "EROFS"sv};

constexpr std::string_view kCancelled = "CANCELLED";

// What may happen to every store, and what the operator's guide has alerts on: there from the start.
constexpr std::array kUsualReasons{Reason::store_unavailable, Reason::store_refused,  Reason::integrity,
                                   Reason::internal,          Reason::body_cut_off,   Reason::request_timeout,
                                   Reason::digest_mismatch,   Reason::invalid_request};
constexpr std::array kUsualCodes{"EDQUOT"sv, "EIO"sv, "ENOSPC"sv, "EROFS"sv};

/// What the counter of errors is labelled with: the store's own word where it has one, else ours. A store may
/// say anything, and each label is a series for good: so a word that is not one of those above is "other".
std::string code_of(const Error& error) {
  const std::string& code = error.details().store_code;
  if (code.empty()) return std::string(to_string(error.reason()));
  return std::ranges::find(kStoreCodes, code) != kStoreCodes.end() ? code : "other";
}

}  // namespace

MeasuredObjectStore::MeasuredObjectStore(ObjectStore& store, std::string bucket, Metrics& metrics,
                                         const Clock& clock)
    : store_(store), bucket_(std::move(bucket)), metrics_(metrics), clock_(clock) {
  metrics.part_upload_success_total.show({bucket_});
  Counters<ByBucketAndError>& errors = metrics.part_upload_errors_total;
  for (const Reason reason : kUsualReasons) errors.show({bucket_, to_string(reason)});
  for (const std::string_view code : kUsualCodes) errors.show({bucket_, code});
  errors.show({bucket_, kCancelled});
}

Task<StoredPart> MeasuredObjectStore::put_part(PutPart request, BodySource& body) {
  const auto size = static_cast<double>(request.size);
  const Time began = clock_.now();
  try {
    StoredPart part = co_await store_.put_part(std::move(request), body);
    const Millis took = std::max(clock_.now() - began, Millis{0});  // the wall clock may be set back
    metrics_.part_upload_duration_seconds.observe({bucket_}, std::chrono::duration<double>(took).count());
    metrics_.part_upload_size_bytes.observe({bucket_}, size);
    metrics_.part_upload_success_total.add({bucket_});
    co_return part;
  } catch (const Error& error) {
    metrics_.part_upload_errors_total.add({bucket_, code_of(error)});
    throw;
  } catch (...) {  // cancelled: the client went away, or the server ends
    metrics_.part_upload_errors_total.add({bucket_, kCancelled});
    throw;
  }
}

}  // namespace longshore
