#include "front/common/error_table.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "front/common/bad_messages_test.h"

namespace longshore {
namespace {

struct PublicRow {
  std::string_view reason;
  int http;
  int grpc;
};

// The public table, in its order of words; each reason of the domain must be here.
constexpr PublicRow kPublic[] = {
    {"INVALID_REQUEST", 400, 3},
    {"OUT_OF_LIMITS", 400, 3},
    {"DIGEST_MISMATCH", 400, 3},
    {"BODY_CUT_OFF", 400, 10},
    {"UNAUTHENTICATED", 401, 16},
    {"KEY_REQUIRED", 400, 9},
    {"KEY_MISMATCH", 403, 7},
    {"INSECURE_CHANNEL", 403, 9},
    {"FORBIDDEN", 403, 7},
    {"NOT_FOUND", 404, 5},
    {"METHOD_NOT_ALLOWED", 405, 12},
    {"UNSUPPORTED_MEDIA_TYPE", 415, 3},
    {"REQUEST_TIMEOUT", 408, 4},
    {"ALREADY_EXISTS", 409, 6},
    {"UPLOAD_IN_PROGRESS", 409, 10},
    {"UPLOAD_ENDED", 409, 9},
    {"UPLOAD_COMPLETING", 409, 10},
    {"PART_IN_PROGRESS", 409, 10},
    {"CHUNK_CONFLICT", 409, 9},
    {"MISSING_CHUNKS", 409, 0},
    {"SIZE_MISMATCH", 409, 9},
    {"CHECKSUM_UNKNOWN", 409, 0},
    {"LENGTH_REQUIRED", 411, 3},
    {"RANGE_NOT_SATISFIABLE", 416, 11},
    {"EXPECTATION_FAILED", 417, 3},
    {"NODE_DELETED", 410, 9},
    {"PAYLOAD_TOO_LARGE", 413, 8},
    {"URI_TOO_LONG", 414, 8},
    {"HEADER_TOO_LARGE", 431, 8},
    {"IDEMPOTENCY_KEY_REUSED", 422, 9},
    {"TOO_MANY_CHUNKS_IN_FLIGHT", 429, 8},
    {"TOO_MANY_UPLOADS", 429, 8},
    {"RATE_LIMITED", 429, 8},
    {"INTEGRITY", 500, 15},
    {"INTERNAL", 500, 13},
    {"STORE_REFUSED", 502, 9},
    {"STORE_UNAVAILABLE", 503, 14},
    {"STATE_UNAVAILABLE", 503, 14},
    {"CATALOG_UNAVAILABLE", 503, 14},
    {"KEYS_UNAVAILABLE", 503, 14},
    {"DRAINING", 503, 14},
    {"BUSY", 503, 14},
};

TEST(ErrorTable, IsThePublicOne) {
  constexpr int kReasons = static_cast<int>(Reason::busy) + 1;
  ASSERT_EQ(std::size(kPublic), static_cast<std::size_t>(kReasons));
  for (int i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const ErrorRow& row = error_row(reason);
    bool found = false;
    for (const PublicRow& expected : kPublic) {
      if (expected.reason != to_string(reason)) continue;
      found = true;
      EXPECT_EQ(row.http, expected.http) << expected.reason;
      EXPECT_EQ(static_cast<int>(row.grpc), expected.grpc) << expected.reason;
    }
    EXPECT_TRUE(found) << to_string(reason);
    EXPECT_FALSE(row.title.empty());
  }
}

TEST(ErrorTable, UnavailableAndTooManyAlwaysNameARetry) {
  for (int i = 0; i <= static_cast<int>(Reason::busy); ++i) {
    const ErrorRow& row = error_row(static_cast<Reason>(i));
    if (row.http == 503 || row.http == 429) {
      EXPECT_GT(row.retry_after, Millis{0}) << to_string(row.reason);
    }
  }
}

TEST(ErrorTable, TheErrorsOwnWordOnRetryWins) {
  EXPECT_EQ(retry_after(Error{Reason::busy, "b"}), Millis{1000});
  EXPECT_EQ(retry_after(Error{Reason::busy, "b", {.retry_after = Millis{7000}}}), Millis{7000});
  EXPECT_EQ(retry_after(Error{Reason::invalid_request, "b"}), std::nullopt);
}

TEST(ErrorTable, ABadMessageOfAMisspeltReasonIsNoted) {
  EXPECT_EQ(BadMessage{.reason = "BUSY"}.statuses().http, 503);
  EXPECT_THROW((void)BadMessage{.reason = "BUZY"}.statuses(), std::logic_error);
}

}  // namespace
}  // namespace longshore
