#include "obs/redact.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(RedactTest, NamesThatMayHoldASecret) {
  for (const char* name : {"token",
                           "Token",
                           "page_token",
                           "upload-token",
                           "x-amz-security-token",
                           "key",
                           "customer_key_b64",
                           "CustomerKeyB64",
                           "x-amz-server-side-encryption-customer-key",
                           "secret_key",
                           "client-secret",
                           "password",
                           "db.password",
                           "passwd",
                           "authorization",
                           "Proxy-Authorization",
                           "credentials",
                           "X-Amz-Signature",
                           "set-cookie",
                           "api_key",
                           "apikey",
                           "access.key",
                           "idempotency_key"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
}

TEST(RedactTest, NamesThatDoNot) {
  for (const char* name : {"", "upload", "node_id", "request_id", "object_key", "key_template", "state",
                           "bucket", "method", "error_code", "user_agent", "bytes"}) {
    EXPECT_FALSE(names_a_secret(name)) << name;
  }
}

TEST(RedactTest, TextKeepsWhatIsHarmlessAndLosesWhatIsNot) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"a part was stored", "a part was stored"},
      {"what now? try again", "what now? try again"},
      {"and/or? yes", "and/or? yes"},
      {"why?because", "why?because"},
      {"GET /v1/nodes/x", "GET /v1/nodes/x"},
      {"GET /v1/nodes?page_token=abc HTTP/1.1", "GET /v1/nodes?[redacted] HTTP/1.1"},
      {"https://h/b/k?X-Amz-Signature=abc&x=y", "https://h/b/k?[redacted]"},
      {"https://h?a=b", "https://h?[redacted]"},
      {"see \"https://h/p?q=1\", then https://g/", "see \"https://h/p?[redacted]\", then https://g/"},
      {"redis://:pa%20ss@host:6379/0", "redis://[redacted]@host:6379/0"},
      {"postgres://user:pa@ss@host/db?sslmode=off", "postgres://[redacted]@host/db?[redacted]"},
      {"host=db password=hush user=me", "host=db password=[redacted] user=me"},
      {"sslpassword='hush'", "sslpassword='[redacted]'"},
      {"https://host/a@b", "https://host/a@b"},
      {"mail a@b.example", "mail a@b.example"},
      {"Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"},
      {"bearer  abc next", "bearer  [redacted] next"},
      {"Authorization:Basic dXNlcg==\n", "Authorization:Basic [redacted]\n"},
      {"the basic", "the basic"},
      {"  spaces  stay  ", "  spaces  stay  "}};
  for (const auto& [text, redacted] : table) EXPECT_EQ(redact_text(text), redacted) << text;
}

}  // namespace
}  // namespace longshore
