#include "front/http/disposition.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::http {
namespace {

TEST(DispositionTest, ReadsTypeAndName) {
  struct Case {
    std::string text;
    bool is_inline;
    std::optional<std::string> filename;
  };
  for (const Case& c : {
           Case{"inline", true, std::nullopt},
           Case{"Attachment", false, std::nullopt},
           Case{"form-data; name=x", false, std::nullopt},
           Case{"attachment; filename=a.txt", false, "a.txt"},
           Case{"inline ; FILENAME = \"a b.txt\" ", true, "a b.txt"},
           Case{R"(attachment; filename="say \"hi\".txt")", false, "say \"hi\".txt"},
           Case{"attachment; filename=\"EURO.txt\"; filename*=utf-8'de'%e2%82%ac.txt", false, "\u20ac.txt"},
           Case{"attachment; filename*=UTF-8''a%20b; filename=c", false, "a b"},
       }) {
    const auto read = parse_disposition(c.text);
    ASSERT_TRUE(read) << c.text;
    EXPECT_EQ(read->is_inline, c.is_inline) << c.text;
    EXPECT_EQ(read->filename, c.filename) << c.text;
  }
}

TEST(DispositionTest, RefusesWhatIsMalformed) {
  for (const char* text : {
           "",
           "; filename=a",
           "attachment filename=a",
           "attachment; filename",
           "attachment; filename=",
           "attachment; filename=a b",
           "attachment; filename=\"a",
           "attachment; filename=\"a\\",
           "attachment; filename=a;",
           "attachment; filename=a; filename=b",
           "attachment; filename=\"\"",
           "attachment; filename=\"..\"",
           "attachment; filename=\"../a\"",
           "attachment; filename=\"c:\\\\a\"",
           "attachment; filename*=a",
           "attachment; filename*=latin1''a",
           "attachment; filename*=UTF-8''a%0d%0ab",
           "attachment; filename*=UTF-8''%ff",
           "attachment; filename*=UTF-8''%e",
       }) {
    EXPECT_FALSE(parse_disposition(text)) << text;
  }
}

}  // namespace
}  // namespace longshore::http
