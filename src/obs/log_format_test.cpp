#include "obs/log_format.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kTextStart = "2026-11-23T15:00:00.007Z info  m";
constexpr std::string_view kJsonStart = R"({"time":"2026-11-23T15:00:00.007Z","level":"info","message":"m")";

std::string record(LogFormat format, std::string_view message, LogFields fields,
                   std::string_view bound = {}) {
  return format_record(format, from_epoch_ms(1'795'446'000'007), LogLevel::kInfo, message, bound, fields);
}
std::string text(LogFields fields) { return record(LogFormat::kText, "m", fields); }
std::string json(LogFields fields) { return record(LogFormat::kJson, "m", fields); }

TEST(LogFormatTest, EachKindOfValue) {
  EXPECT_EQ(text({{"upload", std::string("u1")},
                  {"bytes", -5},
                  {"last", true},
                  {"ratio", 1.5},
                  {"wait_ms", Millis{7}}}),
            std::string(kTextStart) + " upload=u1 bytes=-5 last=true ratio=1.5 wait_ms=7");
  EXPECT_EQ(json({{"upload", std::string("u1")},
                  {"bytes", 5U},
                  {"last", false},
                  {"ratio", 0.25},
                  {"wait_ms", Millis{7}}}),
            std::string(kJsonStart) + R"(,"upload":"u1","bytes":5,"last":false,"ratio":0.25,"wait_ms":7})");
  EXPECT_TRUE(json({{"v", std::numeric_limits<double>::infinity()}}).ends_with("\"v\":null}"));
}

TEST(LogFormatTest, BoundFieldsStandFirst) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    EXPECT_EQ(record(format, "m", {{"b", 2}}, format_fields(format, {{"a", "x y"}})),
              record(format, "m", {{"a", "x y"}, {"b", 2}}));
  }
}

TEST(LogFormatTest, NothingAClientSendsBreaksTheLine) {
  struct Case {
    std::string_view value;
    std::string_view as_text;
    std::string_view as_json;
  };
  for (const Case& c : {
           Case{"plain", "plain", R"("plain")"},
           Case{"", R"("")", R"("")"},
           Case{"a b", R"("a b")", R"("a b")"},
           Case{"a=b", R"("a=b")", R"("a=b")"},
           Case{"a\nb", R"("a\nb")", R"("a\nb")"},
           Case{"\"q\\", R"("\"q\\")", R"("\"q\\")"},
           Case{"\x1b[31m", R"("\u001b[31m")", R"("\u001b[31m")"},
           Case{"\0\x7f\r"sv, R"("\u0000\u007f\u000d")", R"("\u0000\u007f\u000d")"},
           Case{"\xC2\x9B", R"("\u009b")", R"("\u009b")"},
           Case{"\xff-\xC3", R"("\ufffd-\ufffd")", R"("\ufffd-\ufffd")"},
           Case{"\xE2\x82\xAC\xF0\x9F\x9A\xA2", "\xE2\x82\xAC\xF0\x9F\x9A\xA2",
                "\"\xE2\x82\xAC\xF0\x9F\x9A\xA2\""},
       }) {
    EXPECT_EQ(text({{"v", c.value}}), std::string(kTextStart) + " v=" + std::string(c.as_text));
    EXPECT_EQ(json({{"v", c.value}}), std::string(kJsonStart) + ",\"v\":" + std::string(c.as_json) + "}");
  }
  EXPECT_TRUE(record(LogFormat::kText, "first\nsecond", {}).ends_with("info  first\\nsecond"));
  EXPECT_TRUE(record(LogFormat::kJson, "\"first\"\x1b", {}).ends_with(R"("message":"\"first\"\u001b"})"));
}

TEST(LogFormatTest, LongValuesAreCutBetweenCharacters) {
  const std::string fits(Log::kValueBytesMax, 'x');
  EXPECT_TRUE(text({{"v", fits}}).ends_with("v=" + fits));
  const std::string too_long = fits.substr(1) + "\xE2\x82\xAC";  // the euro sign would end beyond the limit
  EXPECT_TRUE(text({{"v", too_long}}).ends_with("v=" + fits.substr(1) + "..."));
}

TEST(LogFormatTest, SecretsDoNotGetThrough) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line = record(format, "GET https://u:canary@h/p?sig=canary",
                                    {{"customer_key_b64", "canary"},
                                     {"target", "/v1/nodes?page_token=canary"},
                                     {"detail", "sent Authorization: Bearer canary"},
                                     {"tokens_used", 5}},
                                    format_fields(format, {{"authorization", "Bearer canary"}}));
    EXPECT_EQ(line.find("canary"), std::string::npos) << line;
    EXPECT_NE(line.find("/v1/nodes?[redacted]"), std::string::npos) << line;
    EXPECT_NE(line.find("tokens_used"), std::string::npos) << line;
  }
}

TEST(LogFormatTest, ASecretAtTheCutIsNotSpared) {
  const std::string target = "/p?sig=" + std::string(Log::kValueBytesMax, 'c');
  EXPECT_TRUE(text({{"target", target}}).ends_with("target=/p?[redacted]..."));
}

}  // namespace
}  // namespace longshore
