#include "decorators/measured_object_store.h"

#include <algorithm>

namespace longshore {
namespace {

/// What the counter of errors is labelled with: the store's own word where it has one, else ours.
std::string code_of(const Error& error) {
  return error.details().store_code.empty() ? std::string(to_string(error.reason()))
                                            : error.details().store_code;
}

}  // namespace

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
    metrics_.part_upload_errors_total.add({bucket_, "CANCELLED"});
    throw;
  }
}

}  // namespace longshore
