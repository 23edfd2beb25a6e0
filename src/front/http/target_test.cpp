#include "front/http/target.h"

#include <string>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

using Strings = std::vector<std::string>;

TEST(Target, DecodesSegmentsOnceAfterTheyAreSplit) {
  const Target target = parse_target("/v1/objects/cli/a%2Fb%20c%252F?path=x%2Fy+z&drive=&last", "h");
  EXPECT_EQ(target.segments, (Strings{"v1", "objects", "cli", "a/b c%2F"}));
  EXPECT_EQ(target.path, "/v1/objects/cli/a%2Fb%20c%252F");
  EXPECT_EQ(target.find_query("path"), "x/y z");
  EXPECT_EQ(target.find_query("drive"), "");
  EXPECT_EQ(target.find_query("last"), "");
  EXPECT_EQ(target.find_query("other"), std::nullopt);
}

TEST(Target, KeepsEmptySegmentsSoThatTheyMatchNothing) {
  EXPECT_EQ(parse_target("/", "h").segments, (Strings{""}));
  EXPECT_EQ(parse_target("/v1//x/", "h").segments, (Strings{"v1", "", "x", ""}));
  EXPECT_EQ(parse_target("/v1/../x", "h").segments, (Strings{"v1", "..", "x"}));
}

TEST(Target, AbsoluteFormMustNameTheHost) {
  EXPECT_EQ(parse_target("http://h:1/v1", "h:1").segments, (Strings{"v1"}));
  EXPECT_THROW(parse_target("http://other/v1", "h"), Error);
  EXPECT_THROW(parse_target("http://h@other/v1", "h"), Error);
  EXPECT_THROW(parse_target("ftp://h/v1", "h"), Error);
}

TEST(Target, RefusesOtherForms) {
  for (const char* text :
       {"*", "", "v1", "h:443", "/a%", "/a%2", "/a%zz", "/a#b", "/a?b=%", "/a?b=1&b=2", "/a?b=1&%62=2"}) {
    EXPECT_THROW(parse_target(text, "h"), Error) << text;
  }
}

}  // namespace
}  // namespace longshore::http
