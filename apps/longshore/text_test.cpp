#include "apps/longshore/text.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace longshore::cli {
namespace {

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("report (final) äöü 漢字 🚢.pdf"), "report (final) äöü 漢字 🚢.pdf");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n"), "a\\x1b[2Jb\\x0d\\x0a");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u{009b}31m");  // C1 control sequence introducer
  EXPECT_EQ(printable("gpj.\xe2\x80\xae"
                      "exe"),
            "gpj.\\u{202e}exe");  // right-to-left override
}

TEST(Printable, ShowsWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b\xc3"),
            "a\\xffb\\xc3");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a lone surrogate
}

TEST(JsonLine, HoldsNoRawControlCharacter) {
  boost::json::value value = {{"name", "a\x1b\x7f\xc2\x9b\n"}};
  const std::string line = json_line(value);
  EXPECT_EQ(line, R"({"name":"a\u001b\u007f\u009b\n"})");
  EXPECT_EQ(boost::json::parse(line), value);
  EXPECT_EQ(json_line(boost::json::object{{"file", "a\xff"}}), R"({"file":"a\ufffd"})");
}

TEST(ParseInt64, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("-7"), -7);
  EXPECT_EQ(parse_int64("9223372036854775807"), INT64_MAX);
  for (const char* bad : {"", " 1", "1 ", "+1", "1e3", "0x1", "9223372036854775808"})
    EXPECT_FALSE(parse_int64(bad)) << bad;
}

TEST(Shortened, CountsColumnsNotBytes) {
  EXPECT_EQ(columns("äöü"), 3U);
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(shortened("abc", 0), "");
}

}  // namespace
}  // namespace longshore::cli
