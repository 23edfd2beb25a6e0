#include "aws/measured_source.h"

#include <gtest/gtest.h>

#include "tests/fakes/await.h"

namespace longshore::aws {
namespace {

/// Gives credentials once, then none.
class BrieflySource final : public CredentialsSource {
 public:
  [[nodiscard]] std::string_view name() const override { return "briefly"; }
  Task<Credentials> fetch() override {
    if (given_) throw not_now("it rains");
    given_ = true;
    co_return Credentials{.access_key_id = "key"};
  }

 private:
  bool given_ = false;
};

TEST(MeasuredSourceTest, FailuresAreCounted) {
  Metrics metrics;
  MeasuredSource source(std::make_unique<BrieflySource>(), "documents", metrics);
  EXPECT_EQ(source.name(), "briefly");
  const auto count = [&metrics](int n) {
    return metrics.exposition().find("longshore_credentials_errors_total{bucket=\"documents\"} " +
                                     std::to_string(n) + "\n") != std::string::npos;
  };
  EXPECT_TRUE(count(0));
  EXPECT_EQ(await(source.fetch()).access_key_id, "key");
  EXPECT_TRUE(count(0));
  EXPECT_THROW(await(source.fetch()), Error);
  EXPECT_TRUE(count(1));
}

}  // namespace
}  // namespace longshore::aws
