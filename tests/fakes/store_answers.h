#pragma once

#include <string>

#include "domain/error.h"

/// The answers of S3 that mean no, as its adapter would tell them.
namespace longshore::fakes {

inline Error refused(const char* store_code, const std::string& message) {
  return Error(Reason::store_refused, message, ErrorDetails{.store_code = store_code}, Outcome::refused);
}

inline Error absent(const char* store_code) {
  return Error(Reason::store_refused, std::string("the store answers ") + store_code,
               ErrorDetails{.store_code = store_code}, Outcome::absent);
}

inline Error bad_digest(const char* message) {
  return Error(Reason::store_unavailable, message, ErrorDetails{.store_code = "BadDigest"}, Outcome::retry);
}

}  // namespace longshore::fakes
