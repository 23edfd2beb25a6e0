#pragma once

#include <string>
#include <string_view>

#include "domain/error.h"

namespace longshore {

inline constexpr std::string_view kProblemType = "application/problem+json";

/// An error as RFC 9457 problem details: type, title, status, detail, reason, requestId, and what the error
/// names beyond that (field, limit, uploadId, state, missingChunks, storeCode). 64-bit numbers as strings, as
/// in all our JSON.
std::string problem_json(const Error& error, std::string_view request_id);

}  // namespace longshore
