#include "apps/longshored/event_output.h"

#include <sstream>

#include "apps/longshored/config_fixture_test.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

class EventOutputTest : public ConfigFixture {
 protected:
  std::unique_ptr<EventOutput> open(const std::string& toml) {
    const Config config = load(toml).config;
    std::filesystem::create_directories(config.data_dir);
    return std::make_unique<EventOutput>(config, disk_, log_);
  }

  BlockingPool disk_{1};
  std::ostringstream text_;
  SystemClock clock_;
  const Log log_ = Log::to_stream(text_, LogFormat::kText, LogLevel::kInfo, clock_);
};

TEST_F(EventOutputTest, AFileOrNothing) {
  EXPECT_NE(open("")->sink(), nullptr);
  EXPECT_EQ(open("[events]\nkind = \"none\"\n")->sink(), nullptr);
}

TEST_F(EventOutputTest, AKafkaThatIsAwayIsAWarning) {
  const auto output = open("[events]\nkind = \"kafka\"\nbrokers = \"127.0.0.1:1\"\ntimeout = \"300ms\"\n");
  EXPECT_NE(output->sink(), nullptr);
  EXPECT_NE(text_.str().find("events wait until Kafka can be reached"), std::string::npos) << text_.str();
}

TEST_F(EventOutputTest, SettingsThatCannotBeEndTheStart) {
  EXPECT_THROW(open("[events]\nkind = \"kafka\"\nbrokers = \"127.0.0.1:1\"\n[events.options]\n"
                    "max.in.flight = \"6\"\n"),
               Error);
}

}  // namespace
}  // namespace longshore::server
