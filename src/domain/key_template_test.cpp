#include "domain/key_template.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore {
namespace {

KeyWords words(std::string path = "a/b", std::string name = "file.bin") {
  return {.connector = ConnectorId{"cli"},
          .upload = UploadId{"abcdefgh.2"},
          .node = NodeId{"abcdefgh"},
          .drive = DriveName{"default"},
          .path = std::move(path),
          .name = std::move(name),
          .now = Time{Millis{1'709'164'800'000}}};  // 2024-02-29
}

std::string key(std::string_view text, const KeyWords& with) { return KeyTemplate{text}.expand(with).str(); }

/// The field that the refusal names; "" if there is none.
std::string refused(std::string_view text) {
  try {
    KeyTemplate made{text};
  } catch (const Error& error) {
    return error.reason() == Reason::invalid_request ? error.details().field : "another reason";
  }
  return "";
}

TEST(KeyTemplate, TheDefault) {
  EXPECT_EQ(KeyTemplate{}.text(), "connectors/{connector}/{upload}.pb");
  EXPECT_EQ(KeyTemplate{}.expand(words()).str(), "connectors/cli/abcdefgh.2.pb");
}

TEST(KeyTemplate, EveryWord) {
  EXPECT_EQ(key("{yyyy}/{mm}/{dd}/{drive}/{connector}/{node}/{path}/{name}-{upload}", words()),
            "2024/02/29/default/cli/abcdefgh/a/b/file.bin-abcdefgh.2");
  EXPECT_EQ(key("{upload}{upload}", words()), "abcdefgh.2abcdefgh.2");
}

TEST(KeyTemplate, WhatIsRefused) {
  for (const char* bad : {"",
                          "no words",
                          "{connector}/x",
                          "{Upload}",
                          "{upload",
                          "upload}",
                          "{upload}}",
                          "{{upload}}",
                          "{}/{upload}",
                          "{upload }",
                          "{nope}/{upload}",
                          "{up{load}",
                          "/{upload}",
                          "a//{upload}",
                          "{upload}//b",
                          "./{upload}",
                          "a/./{upload}",
                          "../{upload}",
                          "a/../{upload}",
                          "{upload}/..",
                          "{upload}/.",
                          ".{path}/{upload}",
                          "a/..{name}/{upload}",
                          "{name}../{upload}",
                          "{upload}/a\nb",
                          "{upload}\x7f",
                          "{upload}\xc3"})
    EXPECT_EQ(refused(bad), "key_template") << bad;
  for (const char* good : {"{upload}", "a/{upload}/", ".hidden/{upload}", ".{upload}", "..{node}/{upload}",
                           "a.b/{upload}..", "ä/{upload}", "a b/{upload}"})
    EXPECT_EQ(refused(good), "") << good;
}

TEST(KeyTemplate, NoValueLeavesItsPlace) {
  struct Case {
    std::string value;
    std::string as_name;
    std::string as_path;
  };
  const std::vector<Case> cases{
      {"plain", "plain", "plain"},
      {".", "%2E", "%2E"},
      {"..", "%2E%2E", "%2E%2E"},
      {"...", "...", "..."},
      {".a", ".a", ".a"},
      {"../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%2E%2E/%2E%2E/etc/passwd"},
      {"a/../b", "a%2F..%2Fb", "a/%2E%2E/b"},
      {"/abs/path/", "%2Fabs%2Fpath%2F", "abs/path"},
      {"a//b", "a%2F%2Fb", "a/b"},
      {"{upload}", "%7Bupload%7D", "%7Bupload%7D"},
      {"a\\b", "a%5Cb", "a%5Cb"},
      {"a b+c?d#e&f=%", "a%20b%2Bc%3Fd%23e%26f%3D%25", "a%20b%2Bc%3Fd%23e%26f%3D%25"},
      {"größe", "gr%C3%B6%C3%9Fe", "gr%C3%B6%C3%9Fe"},
      {"%2e%2e", "%252e%252e", "%252e%252e"},
      {std::string("a\0b", 3), "a%00b", "a%00b"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(key("n/{name}/{upload}", words("", c.value)), "n/" + c.as_name + "/abcdefgh.2") << c.value;
    EXPECT_EQ(key("p/{path}/{upload}", words(c.value)), "p/" + c.as_path + "/abcdefgh.2") << c.value;
  }
}

TEST(KeyTemplate, AnEmptyPathLeavesNoEmptySegment) {
  for (const char* empty : {"", "/", "///"}) {
    EXPECT_EQ(key("{path}/{upload}", words(empty)), "abcdefgh.2");
    EXPECT_EQ(key("a/{path}/{upload}", words(empty)), "a/abcdefgh.2");
    EXPECT_EQ(key("a/{path}/{path}/{upload}", words(empty)), "a/abcdefgh.2");
    EXPECT_EQ(key("a/x{path}/{upload}", words(empty)), "a/x/abcdefgh.2");
  }
}

TEST(KeyTemplate, KeysOfAtMost1024Bytes) {
  const std::string rest = "/abcdefgh.2";
  EXPECT_EQ(key("{name}/{upload}", words("", std::string(1024 - rest.size(), 'n'))).size(), 1024U);
  const auto limit_of = [](const KeyWords& with) -> std::int64_t {
    try {
      static_cast<void>(KeyTemplate{"{name}/{upload}"}.expand(with));
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::out_of_limits);
      return error.details().limit.value_or(0);
    }
    return -1;
  };
  EXPECT_EQ(limit_of(words("", std::string(1025 - rest.size(), 'n'))), 1024);
  EXPECT_EQ(limit_of(words("", std::string(400, '/'))), 1024) << "three bytes for each that is encoded";
}

TEST(KeyTemplate, DatesHaveTheirZeros) {
  KeyWords with = words();
  with.now = Time{};
  EXPECT_EQ(key("{yyyy}{mm}{dd}/{upload}", with), "19700101/abcdefgh.2");
}

}  // namespace
}  // namespace longshore
