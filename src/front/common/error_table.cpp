#include "front/common/error_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace longshore {
namespace {

using enum GrpcCode;

constexpr Millis kNo{0};
constexpr Millis kSoon{1000};
constexpr Millis kLater{5000};  // somebody has to go down or finish first

constexpr std::array kTable{
    ErrorRow{Reason::invalid_request, 400, invalid_argument, "The request is malformed", kNo},
    ErrorRow{Reason::out_of_limits, 400, invalid_argument, "Beyond a limit", kNo},
    ErrorRow{Reason::digest_mismatch, 400, invalid_argument, "The bytes do not match their digest", kNo},
    ErrorRow{Reason::body_cut_off, 400, aborted, "The body ended early", kNo},
    ErrorRow{Reason::unauthenticated, 401, unauthenticated, "Not authenticated", kNo},
    ErrorRow{Reason::key_required, 400, failed_precondition, "The customer key is needed", kNo},
    ErrorRow{Reason::key_mismatch, 403, permission_denied, "Not the right customer key", kNo},
    ErrorRow{Reason::insecure_channel, 403, failed_precondition, "The channel is not secure", kNo},
    ErrorRow{Reason::forbidden, 403, permission_denied, "Not allowed", kNo},
    ErrorRow{Reason::not_found, 404, not_found, "Not found", kNo},
    ErrorRow{Reason::method_not_allowed, 405, unimplemented, "Method not allowed", kNo},
    ErrorRow{Reason::unsupported_media_type, 415, invalid_argument, "Unsupported media type", kNo},
    ErrorRow{Reason::request_timeout, 408, deadline_exceeded, "The request came too slowly", kNo},
    ErrorRow{Reason::already_exists, 409, already_exists, "It exists already", kNo},
    ErrorRow{Reason::upload_in_progress, 409, aborted, "Another operation is in progress", kNo},
    ErrorRow{Reason::upload_ended, 409, failed_precondition, "The upload has ended", kNo},
    ErrorRow{Reason::upload_completing, 409, aborted, "The upload is being completed", kSoon},
    ErrorRow{Reason::part_in_progress, 409, aborted, "The same chunk is being sent", kSoon},
    ErrorRow{Reason::chunk_conflict, 409, failed_precondition, "The chunk contradicts another one", kNo},
    ErrorRow{Reason::missing_chunks, 409, ok, "Chunks are missing", kNo},
    ErrorRow{Reason::size_mismatch, 409, failed_precondition, "Not the expected size", kNo},
    ErrorRow{Reason::checksum_unknown, 409, ok, "Checksums of some chunks are not known any more", kNo},
    ErrorRow{Reason::length_required, 411, invalid_argument, "A length is required", kNo},
    ErrorRow{Reason::range_not_satisfiable, 416, out_of_range, "The range lies outside", kNo},
    ErrorRow{Reason::expectation_failed, 417, invalid_argument, "Unknown expectation", kNo},
    ErrorRow{Reason::node_deleted, 410, failed_precondition, "The node is deleted", kNo},
    ErrorRow{Reason::payload_too_large, 413, resource_exhausted, "The body is too large", kNo},
    ErrorRow{Reason::uri_too_long, 414, resource_exhausted, "The request target is too long", kNo},
    ErrorRow{Reason::header_too_large, 431, resource_exhausted, "The header is too large", kNo},
    ErrorRow{Reason::idempotency_key_reused, 422, failed_precondition,
             "The idempotency key names another request", kNo},
    ErrorRow{Reason::too_many_chunks_in_flight, 429, resource_exhausted, "Too many chunks at once", kSoon},
    ErrorRow{Reason::too_many_uploads, 429, resource_exhausted, "Too many open uploads", kLater},
    ErrorRow{Reason::rate_limited, 429, resource_exhausted, "Too many requests", kSoon},
    ErrorRow{Reason::integrity, 500, data_loss, "The stored bytes are not the sent ones", kNo},
    ErrorRow{Reason::internal, 500, internal, "Internal error", kNo},
    ErrorRow{Reason::store_refused, 502, failed_precondition, "The store refuses", kNo},
    ErrorRow{Reason::store_unavailable, 503, unavailable, "The store is not available", kSoon},
    ErrorRow{Reason::state_unavailable, 503, unavailable, "The session store is not available", kSoon},
    ErrorRow{Reason::catalog_unavailable, 503, unavailable, "The catalog is not available", kSoon},
    ErrorRow{Reason::keys_unavailable, 503, unavailable, "The key vault is not available", kSoon},
    ErrorRow{Reason::draining, 503, unavailable, "The server is going down", kLater},
    ErrorRow{Reason::busy, 503, unavailable, "The server is busy", kSoon},
};

}  // namespace

const ErrorRow& error_row(Reason reason) {
  const auto row = std::ranges::find(kTable, reason, &ErrorRow::reason);
  if (row == kTable.end()) throw std::logic_error("a reason without a row in the table of errors");
  return *row;
}

std::optional<Millis> retry_after(const Error& error) {
  if (error.details().retry_after) return error.details().retry_after;
  const Millis usual = error_row(error.reason()).retry_after;
  if (usual == kNo) return std::nullopt;
  return usual;
}

std::span<const ChunkRange> named_chunks(const Error& error) {
  constexpr std::size_t kMost = 100;
  const std::vector<ChunkRange>& all = error.details().missing_chunks;
  return {all.begin(), std::min(all.size(), kMost)};
}

}  // namespace longshore
