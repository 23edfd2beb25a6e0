#include "domain/error.h"

#include <utility>

namespace longshore {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::invalid_request:
      return "INVALID_REQUEST";
    case Reason::out_of_limits:
      return "OUT_OF_LIMITS";
    case Reason::digest_mismatch:
      return "DIGEST_MISMATCH";
    case Reason::body_cut_off:
      return "BODY_CUT_OFF";
    case Reason::unauthenticated:
      return "UNAUTHENTICATED";
    case Reason::key_required:
      return "KEY_REQUIRED";
    case Reason::key_mismatch:
      return "KEY_MISMATCH";
    case Reason::insecure_channel:
      return "INSECURE_CHANNEL";
    case Reason::forbidden:
      return "FORBIDDEN";
    case Reason::not_found:
      return "NOT_FOUND";
    case Reason::method_not_allowed:
      return "METHOD_NOT_ALLOWED";
    case Reason::unsupported_media_type:
      return "UNSUPPORTED_MEDIA_TYPE";
    case Reason::request_timeout:
      return "REQUEST_TIMEOUT";
    case Reason::already_exists:
      return "ALREADY_EXISTS";
    case Reason::upload_in_progress:
      return "UPLOAD_IN_PROGRESS";
    case Reason::upload_ended:
      return "UPLOAD_ENDED";
    case Reason::upload_completing:
      return "UPLOAD_COMPLETING";
    case Reason::part_in_progress:
      return "PART_IN_PROGRESS";
    case Reason::chunk_conflict:
      return "CHUNK_CONFLICT";
    case Reason::missing_chunks:
      return "MISSING_CHUNKS";
    case Reason::size_mismatch:
      return "SIZE_MISMATCH";
    case Reason::checksum_unknown:
      return "CHECKSUM_UNKNOWN";
    case Reason::length_required:
      return "LENGTH_REQUIRED";
    case Reason::range_not_satisfiable:
      return "RANGE_NOT_SATISFIABLE";
    case Reason::expectation_failed:
      return "EXPECTATION_FAILED";
    case Reason::node_deleted:
      return "NODE_DELETED";
    case Reason::payload_too_large:
      return "PAYLOAD_TOO_LARGE";
    case Reason::uri_too_long:
      return "URI_TOO_LONG";
    case Reason::header_too_large:
      return "HEADER_TOO_LARGE";
    case Reason::idempotency_key_reused:
      return "IDEMPOTENCY_KEY_REUSED";
    case Reason::too_many_chunks_in_flight:
      return "TOO_MANY_CHUNKS_IN_FLIGHT";
    case Reason::too_many_uploads:
      return "TOO_MANY_UPLOADS";
    case Reason::rate_limited:
      return "RATE_LIMITED";
    case Reason::integrity:
      return "INTEGRITY";
    case Reason::internal:
      return "INTERNAL";
    case Reason::store_refused:
      return "STORE_REFUSED";
    case Reason::store_unavailable:
      return "STORE_UNAVAILABLE";
    case Reason::state_unavailable:
      return "STATE_UNAVAILABLE";
    case Reason::catalog_unavailable:
      return "CATALOG_UNAVAILABLE";
    case Reason::keys_unavailable:
      return "KEYS_UNAVAILABLE";
    case Reason::draining:
      return "DRAINING";
    case Reason::busy:
      return "BUSY";
  }
  return "INTERNAL";
}

Error::Error(Reason reason, std::string message, ErrorDetails details, Outcome outcome)
    : reason_(reason), outcome_(outcome), message_(std::move(message)), details_(std::move(details)) {}

Error invalid_field(std::string_view field, std::string message) {
  return Error{Reason::invalid_request, std::move(message), {.field = std::string(field)}};
}

Error out_of_limits(std::string_view field, std::int64_t limit, std::string message) {
  return Error{Reason::out_of_limits, std::move(message), {.field = std::string(field), .limit = limit}};
}

Error unavailable(Reason reason, std::string message, Outcome outcome, Millis retry_after) {
  return Error{reason, std::move(message), {.retry_after = retry_after}, outcome};
}

}  // namespace longshore
