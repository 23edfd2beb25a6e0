#include "front/http/content_digest.h"

#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "domain/error.h"

namespace longshore::http {
namespace {

const std::string kSha = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";  // of "hello"

TEST(ContentDigest, ReadsWhatItKnows) {
  const ContentDigest both = parse_content_digest("crc32c=:mnG7TA==:, sha-256=:" + kSha + ":");
  EXPECT_EQ(both.crc32c, 0x9a71bb4cU);
  ASSERT_TRUE(both.sha256);
  EXPECT_EQ(*both.sha256, sha256("hello"));
}

TEST(ContentDigest, PassesOverOtherAlgorithms) {
  const ContentDigest digest = parse_content_digest(
      "md5=:XUFAKrxLKna5cZ2REBfFkg==:,x.y_z*=:AA==:, crc32c=:mnG7TA==:");
  EXPECT_EQ(digest.crc32c, 0x9a71bb4cU);
  EXPECT_FALSE(digest.sha256);
}

TEST(ContentDigest, RefusesWhatItCouldNotVerify) {
  for (const char* value : {"md5=:XUFAKrxLKna5cZ2REBfFkg==:", "sha-512=:AA==:, x.y_z*=:AA==:"}) {
    try {
      parse_content_digest(value);
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::invalid_request);
      EXPECT_NE(error.message().find("send crc32c or sha-256"), std::string::npos) << error.message();
    }
  }
}

TEST(ContentDigest, RefusesOtherForms) {
  for (const std::string& value : std::initializer_list<std::string>{
           "", "crc32c", "crc32c=", "crc32c=:", "crc32c=::", "crc32c=mnG7TA==", "crc32c=:mnG7TA:",
           "crc32c=:mnG7TA==:;a", "crc32c=:AAAA:", "sha-256=:AAAA:", "crc32c=:mnG7TA==:,", ",",
           "CRC32C=:mnG7TA==:", "crc32c =:mnG7TA==:", "crc32c=:mnG7TA==:, crc32c=:mnG7TA==:", "md5=:***:"}) {
    EXPECT_THROW(parse_content_digest(value), Error) << value;
  }
}

TEST(ContentDigest, WritesTheSameForm) {
  EXPECT_EQ(format_digest(0x9a71bb4cU, kSha), "crc32c=:mnG7TA==:, sha-256=:" + kSha + ":");
  EXPECT_EQ(format_digest(std::nullopt, kSha), "sha-256=:" + kSha + ":");
  EXPECT_EQ(format_digest(std::nullopt, ""), "");
}

}  // namespace
}  // namespace longshore::http
