#include "front/common/checks.h"

#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"
#include "domain/limits.h"

namespace longshore::checks {
namespace {

std::optional<Reason> refusal(const std::function<void()>& check) {
  try {
    check();
    return std::nullopt;
  } catch (const Error& error) {
    EXPECT_EQ(error.details().field.substr(0, 5), "field") << error.message();
    EXPECT_TRUE(error.message().starts_with("field")) << error.message();
    return error.reason();
  }
}

using Text = std::string (*)(std::string_view, std::string_view);

std::optional<Reason> refusal(Text check, std::string_view value) {
  return refusal([&] { EXPECT_EQ(check("field", value), value); });
}

TEST(Checks, Names) {
  for (const char* good : {"", "a", "a b", "../x", "CON", "\xc3\xa4", "...", "\xe2\x80\xae"}) {
    EXPECT_EQ(refusal(name, good), std::nullopt) << good;
  }
  for (const char* bad : {".", "..", "a\nb", "a\x7f", "\xc2\x85", "\xff", "\xed\xa0\x80"}) {
    EXPECT_EQ(refusal(name, bad), Reason::invalid_request) << bad;
  }
  EXPECT_EQ(refusal(name, std::string(kNameBytesMax, 'n')), std::nullopt);
  EXPECT_EQ(refusal(name, std::string(kNameBytesMax + 1, 'n')), Reason::out_of_limits);
}

TEST(Checks, Paths) {
  for (const char* good : {"", "a", "a/b", "a b/.c/..d"})
    EXPECT_EQ(refusal(path, good), std::nullopt) << good;
  for (const char* bad : {"/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a/\n"}) {
    EXPECT_EQ(refusal(path, bad), Reason::invalid_request) << bad;
  }
  EXPECT_EQ(refusal(path, std::string(kPathBytesMax + 1, 'p')), Reason::out_of_limits);
}

TEST(Checks, WhatStandsInHeaders) {
  for (const char* good : {"", "text/plain", "text/plain; charset=\"utf-8\"", "application/vnd.a+json"}) {
    EXPECT_EQ(refusal(mime_type, good), std::nullopt) << good;
  }
  for (const char* bad :
       {"text", "/", "text/", "/plain", "te xt/plain", "text/plain\r\nX: y", " text/plain", "t\xc3\xa4/x"}) {
    EXPECT_EQ(refusal(mime_type, bad), Reason::invalid_request) << bad;
  }
  EXPECT_EQ(refusal(header_value, "max-age=60"), std::nullopt);
  EXPECT_EQ(refusal(header_value, "a\tb"), Reason::invalid_request);
  EXPECT_EQ(refusal(header_value, std::string(513, 'a')), Reason::out_of_limits);
  EXPECT_EQ(refusal(storage_class, "STANDARD_IA"), std::nullopt);
  EXPECT_EQ(refusal(storage_class, "standard"), Reason::invalid_request);
}

TEST(Checks, Metadata) {
  const auto check = [](const TextMap& map) { return refusal([&] { metadata("field", map); }); };
  EXPECT_EQ(check({{"a-b_c.1", "\xc3\xa4 value"}}), std::nullopt);
  EXPECT_EQ(check({{"A", ""}}), Reason::invalid_request);
  EXPECT_EQ(check({{"", ""}}), Reason::invalid_request);
  EXPECT_EQ(check({{std::string(65, 'k'), ""}}), Reason::invalid_request);
  EXPECT_EQ(check({{"x-amz-acl", "public-read"}}), Reason::invalid_request);
  EXPECT_EQ(check({{"k", "a\r\nb"}}), Reason::invalid_request);
  EXPECT_EQ(check({{"k", std::string(2047, 'v')}}), std::nullopt);
  EXPECT_EQ(check({{"k", std::string(2047, 'v')}, {"l", ""}}), Reason::out_of_limits);
}

TEST(Checks, Tags) {
  const auto check = [](const TextMap& map) { return refusal([&] { tags("field", map); }); };
  TextMap ten;
  for (char c = 'a'; c < 'k'; ++c) ten[std::string(1, c)] = "v";
  EXPECT_EQ(check(ten), std::nullopt);
  ten["k"] = "v";
  EXPECT_EQ(check(ten), Reason::out_of_limits);
  EXPECT_EQ(check({{"aws:a", ""}}), Reason::invalid_request);
  EXPECT_EQ(check({{std::string(129, 'k'), ""}}), Reason::out_of_limits);
  EXPECT_EQ(check({{"k", std::string(257, 'v')}}), Reason::out_of_limits);
  EXPECT_EQ(check({{"Größe 1+2-3=4.5_6:7/8@9", "fünf"}}), std::nullopt);
  for (const char* bad : {"a&b", "a,b", "a#b", "a?b", "a*b", "a\"b", "a(b", "a\tb"}) {
    EXPECT_EQ(check({{bad, "v"}}), Reason::invalid_request) << bad;
    EXPECT_EQ(check({{"k", bad}}), Reason::invalid_request) << bad;
  }
}

TEST(Checks, DigestsAreStrictBase64OfTheRightLength) {
  EXPECT_EQ(crc32c("field", "mnG7TA=="), 0x9a71bb4cU);
  EXPECT_EQ(crc32c("field", ""), std::nullopt);
  for (const char* bad : {"mnG7TA", "mnG7TA=", "mnG7TB==", "AAAA", "mnG7 TA=", "9a71bb4c"}) {
    EXPECT_EQ(refusal([&] { crc32c("field", bad); }), Reason::invalid_request) << bad;
  }
  EXPECT_EQ(refusal(sha256_base64, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="), std::nullopt);
  EXPECT_EQ(refusal(sha256_base64, "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="), Reason::invalid_request);
  EXPECT_EQ(refusal(sha256_base64, "mnG7TA=="), Reason::invalid_request);
}

TEST(Checks, Numbers) {
  EXPECT_EQ(chunk_number("field", 9999).value(), 9999);
  EXPECT_EQ(refusal([] { chunk_number("field", -1); }), Reason::invalid_request);
  EXPECT_EQ(refusal([] { chunk_number("field", 2'147'483'647); }), Reason::out_of_limits);
  EXPECT_EQ(page_size("field", 0), 100);
  EXPECT_EQ(page_size("field", 7), 7);
  EXPECT_EQ(page_size("field", 2'147'483'647), 1000);
  EXPECT_EQ(refusal([] { page_size("field", -1); }), Reason::invalid_request);
  EXPECT_EQ(refusal(page_token, std::string(1025, 't')), Reason::invalid_request);
}

TEST(Checks, IdempotencyKeys) {
  EXPECT_EQ(refusal(idempotency_key, "8e03978e-40d5-43e8-bc93-6894a57f9324"), std::nullopt);
  for (const char* bad : {"a b", "a\"b", "a\\b", "\xc3\xa4"}) {
    EXPECT_EQ(refusal(idempotency_key, bad), Reason::invalid_request) << bad;
  }
  EXPECT_EQ(refusal(idempotency_key, std::string(257, 'k')), Reason::out_of_limits);
}

}  // namespace
}  // namespace longshore::checks
