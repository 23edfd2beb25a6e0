#include "postgres/conninfo.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::postgres {
namespace {

std::string refusal(const std::string& url) {
  try {
    check_url(url);
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::invalid_request);
    return error.message();
  }
  return "";
}

TEST(Conninfo, ChecksWhatLibpqUnderstands) {
  for (const char* url :
       {"postgresql://uploads@db.example:5432/uploads?sslmode=verify-full", "host=/run/postgresql",
        "postgresql://a.example,b.example/uploads?target_session_attrs=primary", ""})
    EXPECT_EQ(refusal(url), "") << url;
  EXPECT_NE(refusal("postgresql://db?colour=red").find("colour"), std::string::npos);
  EXPECT_NE(refusal("host='db").find("quoted"), std::string::npos);
}

TEST(Conninfo, APasswordBelongsElsewhere) {
  for (const char* url :
       {"postgresql://me:hush@db/uploads", "host=db password=hush", "host=db sslpassword=hush"}) {
    EXPECT_NE(refusal(url), "") << url;
    EXPECT_EQ(refusal(url).find("hush"), std::string::npos) << url;
  }
}

TEST(Conninfo, SaysWhatTheUrlLeavesOpen) {
  Options options;
  options.url = "postgresql://me@db/up?connect_timeout=9";
  options.password = Secret(R"(it's a \ secret)");
  const Secret whole = conninfo(options);
  const std::string_view text = whole.expose();
  for (const std::string_view part : {"host='db'", "user='me'", "dbname='up'", "connect_timeout='9'",
                                      "target_session_attrs='read-write'", R"(password='it\'s a \\ secret')"})
    EXPECT_NE(text.find(part), std::string_view::npos) << part;
  EXPECT_EQ(text.find("connect_timeout='3'"), std::string_view::npos);
}

TEST(Conninfo, ASchemaIsAPlainName) {
  for (const char* name : {"longshore", "l", "fleet_2"}) EXPECT_TRUE(is_schema_name(name)) << name;
  for (const char* name : {"", "2", "_a", "Fleet", "a-b", "a;b", "a b", "\xc3\xa9"})
    EXPECT_FALSE(is_schema_name(name)) << name;
  EXPECT_FALSE(is_schema_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace longshore::postgres
