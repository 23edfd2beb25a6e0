#include "front/http/head_scanner.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

using namespace std::string_literals;

std::optional<Reason> refusal(const std::string& input) {
  try {
    HeadScanner scanner;
    scanner.scan(input);
    return std::nullopt;
  } catch (const Error& error) {
    return error.reason();
  }
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesArrive) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string input = head + "BODY";
  for (std::size_t step = 1; step <= input.size(); ++step) {
    HeadScanner scanner;
    std::size_t found = 0;
    for (std::size_t size = step; found == 0; size = std::min(size + step, input.size())) {
      found = scanner.scan(input.substr(0, size));
    }
    EXPECT_EQ(found, head.size()) << step;
  }
}

TEST(HeadScanner, WaitsForMore) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\nHost: a\r\n\r"), 0U);
}

TEST(HeadScanner, RefusesAtOnceWhatIsAmbiguous) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\n"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\n"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\rb"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\r\n"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\0"s), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\x7f"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: a\r\n b"), Reason::invalid_request);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: a\r\n\tb"), Reason::invalid_request);
  EXPECT_EQ(refusal(" GET / HTTP/1.1\r\n"), Reason::invalid_request);
}

TEST(HeadScanner, Limits) {
  EXPECT_EQ(refusal("GET /" + std::string(20'000, 'a')), Reason::uri_too_long);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(64'000, 'a')), Reason::header_too_large);
  std::string many = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i < kFieldsMax; ++i) many += "a: b\r\n";
  EXPECT_EQ(refusal(many + "\r\n"), std::nullopt);
  EXPECT_EQ(refusal(many + "a: b\r\n"), Reason::header_too_large);
}

}  // namespace
}  // namespace longshore::http
