#include "base/encoding.h"

#include <random>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(HexTest, BothWays) {
  EXPECT_EQ(hex_encode(as_bytes("\x00\x0f\xa5\xff"sv)), "000fa5ff");
  EXPECT_EQ(hex_decode("000fa5ff"), "\x00\x0f\xa5\xff"s);
  EXPECT_EQ(hex_decode("0A0a"), "\n\n");
  EXPECT_EQ(hex_decode(""), "");
}

TEST(HexTest, RefusesWhatIsMalformed) {
  for (const auto text : {"0", "000", "0g", "g0", "0x", " 0", "0 ", "+1", "\xff\xff"}) {
    EXPECT_EQ(hex_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(hex_decode("0\0"sv), std::nullopt);
}

TEST(Base64Test, VectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> table[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xfb\xff\xbf", "+/+/"}};
  for (const auto& [plain, encoded] : table) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(base64_decode(encoded), plain) << encoded;
  }
}

TEST(Base64Test, RandomBytesComeBack) {
  std::mt19937_64 rng(4);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& c : bytes) c = static_cast<char>(rng());
    const std::string text = base64_encode(as_bytes(bytes));
    EXPECT_EQ(text.size(), (length + 2) / 3 * 4);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64Test, DecodingIsStrict) {
  const std::string_view refused[] = {
      "Z",     "Zg",       "Zg=",        "Zg===",        "=",      "==",           "====", "===",  // padding
      "Z===",  "Zm9v====", "Zg==Zg==",   "Z=g=",         "=Zg=",   "Zm9=v===",      // padding inside
      "Zh==",  "Zm9=",     "Zm9vYn==",                                              // unused bits
      " Zg==", "Zg== ",    "Z g==",      "Zg\n==",       "Zg==\n", "Zm9v\r\nYg==",  // white space
      "-_-_",  "Zm9v!g==", "\xc3\xa4==", "Zm9v\0Zm8="sv, "Zm\0v"sv};                // alphabet
  for (const auto text : refused) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(PercentTest, EncodesAllButTheUnreserved) {
  const std::string_view unreserved = "AZaz09-._~";
  EXPECT_EQ(percent_encode(unreserved), unreserved);
  EXPECT_EQ(percent_encode("a b/c+d%\x7f\0ü"sv), "a%20b%2Fc%2Bd%25%7F%00%C3%BC");
  EXPECT_EQ(percent_encode("a/b:c", "/"), "a/b%3Ac");
}

TEST(PercentTest, DecodesOnce) {
  EXPECT_EQ(percent_decode("a%20b%2fc%2F"), "a b/c/");
  EXPECT_EQ(percent_decode("%252F"), "%2F");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%00"), "\0"s);
  EXPECT_EQ(percent_decode(""), "");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

TEST(PercentTest, RefusesMalformedEscapes) {
  for (const auto text : {"%", "%4", "a%", "a%4", "%4g", "%g4", "%%41", "% 1", "%+1", "%-1", "%0x41"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(Utf8Test, TakesWellFormedText) {
  const std::string_view taken[] = {"",
                                    "plain",
                                    "\0"sv,
                                    "\x7f",
                                    "\xC2\x80",
                                    "\xDF\xBF",
                                    "\xE0\xA0\x80",
                                    "\xED\x9F\xBF",
                                    "\xEE\x80\x80",
                                    "\xEF\xBF\xBF",
                                    "\xF0\x90\x80\x80",
                                    "\xF4\x8F\xBF\xBF",
                                    "h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x9A\xA2"};
  for (const auto text : taken) EXPECT_TRUE(is_valid_utf8(text)) << text;
}

TEST(Utf8Test, RefusesIllFormedText) {
  const std::string_view refused[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x41",
                                      "\xE0\x9F\xBF",
                                      "\xE0\xA0",
                                      "\xE2\x82",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF0\x9F\x9A",
                                      "\xF5\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "ok\xC3",
                                      "\xE2\x28\xA1",
                                      "\xF8\x88\x80\x80\x80"};
  for (const auto text : refused) EXPECT_FALSE(is_valid_utf8(text)) << text;
}

TEST(ControlCharactersTest, FindsC0DelAndC1) {
  for (const auto text :
       {"\0"sv, "a\nb"sv, "\t"sv, "\r\n"sv, "\x1f"sv, "\x7f"sv, "\xC2\x80"sv, "a\xC2\x9F"sv, "\xC2\x85z"sv}) {
    EXPECT_TRUE(has_control_characters(text));
  }
  for (const auto text : {""sv, "a b"sv, "\xC2\xA0"sv, "\xC3\x80"sv, "~"sv, "\xE2\x80\xA8"sv, "\xC2"sv}) {
    EXPECT_FALSE(has_control_characters(text));
  }
}

}  // namespace
}  // namespace longshore
