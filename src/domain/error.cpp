#include "domain/error.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace longshore {

namespace {

struct Name {
  Reason reason;
  std::string_view text;
};

constexpr Name kNames[] = {
    {Reason::invalid_request, "INVALID_REQUEST"},
    {Reason::out_of_limits, "OUT_OF_LIMITS"},
    {Reason::digest_mismatch, "DIGEST_MISMATCH"},
    {Reason::body_cut_off, "BODY_CUT_OFF"},
    {Reason::unauthenticated, "UNAUTHENTICATED"},
    {Reason::key_required, "KEY_REQUIRED"},
    {Reason::key_mismatch, "KEY_MISMATCH"},
    {Reason::insecure_channel, "INSECURE_CHANNEL"},
    {Reason::forbidden, "FORBIDDEN"},
    {Reason::not_found, "NOT_FOUND"},
    {Reason::method_not_allowed, "METHOD_NOT_ALLOWED"},
    {Reason::unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE"},
    {Reason::request_timeout, "REQUEST_TIMEOUT"},
    {Reason::already_exists, "ALREADY_EXISTS"},
    {Reason::upload_in_progress, "UPLOAD_IN_PROGRESS"},
    {Reason::upload_ended, "UPLOAD_ENDED"},
    {Reason::upload_completing, "UPLOAD_COMPLETING"},
    {Reason::part_in_progress, "PART_IN_PROGRESS"},
    {Reason::chunk_conflict, "CHUNK_CONFLICT"},
    {Reason::missing_chunks, "MISSING_CHUNKS"},
    {Reason::size_mismatch, "SIZE_MISMATCH"},
    {Reason::checksum_unknown, "CHECKSUM_UNKNOWN"},
    {Reason::length_required, "LENGTH_REQUIRED"},
    {Reason::range_not_satisfiable, "RANGE_NOT_SATISFIABLE"},
    {Reason::expectation_failed, "EXPECTATION_FAILED"},
    {Reason::node_deleted, "NODE_DELETED"},
    {Reason::payload_too_large, "PAYLOAD_TOO_LARGE"},
    {Reason::uri_too_long, "URI_TOO_LONG"},
    {Reason::header_too_large, "HEADER_TOO_LARGE"},
    {Reason::idempotency_key_reused, "IDEMPOTENCY_KEY_REUSED"},
    {Reason::too_many_chunks_in_flight, "TOO_MANY_CHUNKS_IN_FLIGHT"},
    {Reason::too_many_uploads, "TOO_MANY_UPLOADS"},
    {Reason::rate_limited, "RATE_LIMITED"},
    {Reason::integrity, "INTEGRITY"},
    {Reason::internal, "INTERNAL"},
    {Reason::store_refused, "STORE_REFUSED"},
    {Reason::store_unavailable, "STORE_UNAVAILABLE"},
    {Reason::state_unavailable, "STATE_UNAVAILABLE"},
    {Reason::catalog_unavailable, "CATALOG_UNAVAILABLE"},
    {Reason::keys_unavailable, "KEYS_UNAVAILABLE"},
    {Reason::draining, "DRAINING"},
    {Reason::busy, "BUSY"},
};

}  // namespace

std::string_view to_string(Reason reason) {
  const auto* const found = std::ranges::find(kNames, reason, &Name::reason);
  return found == std::end(kNames) ? "INTERNAL" : found->text;
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
