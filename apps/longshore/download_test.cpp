#include "apps/longshore/download.h"

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"

namespace longshore::cli {
namespace {

// The transfer itself is tested by get_test.cpp.

Content content_with(const std::string& digests) {
  return content_of(
      {.status = 200, .fields = {{"ETag", "\"v1\""}, {"Content-Length", "12"}, {"Repr-Digest", digests}}});
}

TEST(Content, IsWhatOneAnswerSays) {
  const Content content = content_with("crc32c=:yZRlqg==:");
  EXPECT_EQ(content.etag, "\"v1\"");
  EXPECT_EQ(content.length, 12);
  EXPECT_EQ(content.crc32c, "yZRlqg==");
  EXPECT_EQ(content_with("sha-256=:AAAA:, crc32c=:yZRlqg==:").crc32c, "yZRlqg==");
  EXPECT_EQ(content_with("sha-256=:AAAA:").crc32c, "");
  EXPECT_EQ(content_with("").crc32c, "");
}

TEST(Content, NeedsALength) {
  for (const char* length : {"", "-1", "many"}) {
    EXPECT_THROW(content_of({.status = 200, .fields = {{"Content-Length", length}}}), Failure) << length;
  }
}

}  // namespace
}  // namespace longshore::cli
