#include "apps/longshored/bucket_check.h"

#include <gtest/gtest.h>

// What it finds in buckets: tests/system/bucket_doctor_test.py, on MinIO.

namespace longshore::server {
namespace {

Error refused(const char* code) {
  return {Reason::store_refused, "no", {.store_code = code}, Outcome::refused};
}

bool advises(const Error& error, const std::string& what) {
  return advice_on(error, "s3:GetObject").find(what) != std::string::npos;
}

TEST(BucketCheckTest, EachErrorHasItsAdvice) {
  EXPECT_TRUE(advises(refused("NoSuchBucket"), "s3.bucket"));
  EXPECT_TRUE(advises(refused("SignatureDoesNotMatch"), "secret"));
  EXPECT_TRUE(advises(refused("InvalidAccessKeyId"), "secret"));
  EXPECT_TRUE(advises(refused("RequestTimeTooSkewed"), "NTP"));
  EXPECT_TRUE(advises(refused("TlsHandshake"), "s3.ca_file"));
  EXPECT_TRUE(advises(refused("ChecksumUnsupported"), "s3.checksum"));
  EXPECT_TRUE(advises(refused("AccessDenied"), "grant s3:GetObject"));
  EXPECT_TRUE(advises(refused(""), "s3.credentials"));
  EXPECT_TRUE(advises(refused("Unheard"), "documentation"));
  EXPECT_TRUE(advises(unavailable(Reason::store_unavailable, "away", Outcome::retry), "s3.endpoint"));
}

}  // namespace
}  // namespace longshore::server
