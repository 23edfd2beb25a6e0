#include "obs/metrics.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace longshore {
namespace {

constexpr const char* kGolden = "tests/golden/metrics.txt";  // tests run at the root of the repository

/// Gives every metric that has labels one series.
void touch_all(Metrics& metrics) {
  metrics.part_upload_duration_seconds.observe({.bucket = "B"}, 1);
  metrics.part_upload_size_bytes.observe({.bucket = "B"}, 1);
  metrics.part_upload_success_total.add({.bucket = "B"});
  metrics.part_upload_errors_total.add({.bucket = "B", .error_code = "E"});
  metrics.store_trial_errors_total.add({.bucket = "B"});
  metrics.credentials_errors_total.add({.bucket = "B"});
  metrics.uploads_ended_total.add({.state = "S"});
  metrics.http_requests_total.add({.route = "R", .method = "M", .status = 200});
  metrics.http_request_duration_seconds.observe({.route = "R", .method = "M"}, 1);
  metrics.grpc_calls_total.add({.method = "M", .code = "C"});
  metrics.grpc_call_duration_seconds.observe({.method = "M"}, 1);
  metrics.sweep_runs_total.add({.ok = true});
  metrics.catalog_errors_total.add({.error_code = "E"});
  metrics.session_store_errors_total.add({.error_code = "E"});
}

/// The lines of an exposition, without the values.
std::string without_values(const std::string& exposition) {
  std::istringstream lines(exposition);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) line.erase(line.rfind(' '));
    kept += line + "\n";
  }
  return kept;
}

TEST(MetricsTest, NamesAndLabelsAreWhatOperatorsRelyOn) {
  Metrics metrics;
  touch_all(metrics);
  const std::string actual = without_values(metrics.exposition());
  if (std::getenv("LONGSHORE_UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden) << actual;
  std::ifstream file(kGolden);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(actual, expected)
      << "If the change is meant: LONGSHORE_UPDATE_GOLDEN=1, and say so in CHANGELOG.md";
}

TEST(MetricsTest, EveryNameEndsInItsUnit) {
  Metrics metrics;
  touch_all(metrics);
  std::istringstream lines(metrics.exposition());
  int families = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string keyword;
    std::string name;
    std::string type;
    words >> hash >> keyword >> name >> type;
    if (hash != "#" || keyword != "TYPE") continue;
    ++families;
    EXPECT_TRUE(name.starts_with("longshore_")) << name;
    if (type == "counter") {
      EXPECT_TRUE(name.ends_with("_total")) << name;
    } else if (type == "histogram") {
      EXPECT_TRUE(name.ends_with("_seconds") || name.ends_with("_bytes")) << name;
    } else {
      const std::set<std::string> units{"open", "bytes", "rows", "seconds"};
      EXPECT_TRUE(units.contains(name.substr(name.rfind('_') + 1))) << name;
    }
  }
  EXPECT_EQ(families, 24);
}

TEST(MetricsTest, GaugesAreRefreshedWhenTheyAreRead) {
  Metrics metrics;
  int readings = 0;
  metrics.before_exposition([&readings](Metrics& m) { m.buffer_pool_in_use_bytes.set(++readings * 1'000); });
  EXPECT_NE(metrics.exposition().find("longshore_buffer_pool_in_use_bytes 1000\n"), std::string::npos);
  EXPECT_NE(metrics.exposition().find("longshore_buffer_pool_in_use_bytes 2000\n"), std::string::npos);
}

}  // namespace
}  // namespace longshore
