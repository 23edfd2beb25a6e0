#include "domain/error.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

constexpr int kReasons = static_cast<int>(Reason::busy) + 1;

TEST(ErrorTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < kReasons; ++i) names.emplace(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kReasons));
  for (const std::string& name : names)
    EXPECT_EQ(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), std::string::npos) << name;
  EXPECT_EQ(to_string(Reason::invalid_request), "INVALID_REQUEST");
  EXPECT_EQ(to_string(Reason::too_many_chunks_in_flight), "TOO_MANY_CHUNKS_IN_FLIGHT");
  EXPECT_EQ(to_string(Reason::busy), "BUSY");
}

TEST(ErrorTest, SaysWhatItWasGiven) {
  const Error error{Reason::upload_ended, "it has ended", {.state = "CANCELLED"}};
  EXPECT_EQ(error.reason(), Reason::upload_ended);
  EXPECT_EQ(error.outcome(), Outcome::refused) << "what a rule refuses was surely not done";
  EXPECT_STREQ(error.what(), "it has ended");
  EXPECT_EQ(error.details().state, "CANCELLED");
}

TEST(ErrorTest, Shorthands) {
  const Error field = invalid_field("name", "empty");
  EXPECT_EQ(field.reason(), Reason::invalid_request);
  EXPECT_EQ(field.details().field, "name");

  const Error limit = out_of_limits("size", 42, "too large");
  EXPECT_EQ(limit.reason(), Reason::out_of_limits);
  EXPECT_EQ(limit.details().field, "size");
  EXPECT_EQ(limit.details().limit, 42);

  const Error away = unavailable(Reason::state_unavailable, "away", Outcome::unknown);
  EXPECT_EQ(away.reason(), Reason::state_unavailable);
  EXPECT_EQ(away.outcome(), Outcome::unknown);
  EXPECT_EQ(away.details().retry_after, Millis{1000});
}

}  // namespace
}  // namespace longshore
