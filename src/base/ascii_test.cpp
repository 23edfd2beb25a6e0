#include "base/ascii.h"

#include <gtest/gtest.h>

namespace longshore::ascii {
namespace {

using Members = std::vector<std::string_view>;

TEST(Ascii, WordsAreTheSameInAnyCase) {
  EXPECT_EQ(lower("Content-LENGTH 1\xc3\x84"), "content-length 1\xc3\x84");
  EXPECT_TRUE(same_word("Close", "cLOSE"));
  EXPECT_FALSE(same_word("close", "closed"));
  EXPECT_FALSE(same_word("[", "{")) << "32 apart, but no letters";
}

TEST(Ascii, KindsOfBytes) {
  EXPECT_TRUE(is_digit('0') && is_digit('9') && !is_digit(':') && !is_digit('/'));
  EXPECT_TRUE(is_letter('a') && is_letter('Z') && !is_letter('@') && !is_letter('{') && !is_letter('\xe4'));
  for (const char c : {'\0', '\n', '\r', '\x1f', '\x7f'}) EXPECT_TRUE(is_control(c));
  for (const char c : {'\t', ' ', '~', '\x80', '\xff'}) EXPECT_FALSE(is_control(c));
}

TEST(Ascii, WhatStandsAroundGoes) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed("\n"), "\n");
}

TEST(Ascii, ListsAreCutAtCommas) {
  EXPECT_EQ(list_members("a , b,c "), (Members{"a", "b", "c"}));
  EXPECT_EQ(list_members(""), (Members{""}));
  EXPECT_EQ(list_members("a,,"), (Members{"a", "", ""}));
}

}  // namespace
}  // namespace longshore::ascii
