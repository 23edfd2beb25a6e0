#include "apps/longshored/doctor.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "apps/longshored/config_fixture_test.h"
#include "catalog/sqlite/catalog_schema.h"
#include "sqlite/database.h"

namespace longshore::server {
namespace {

class DoctorTest : public ConfigFixture {
 protected:
  /// The one finding whose text begins so.
  Finding finding(const std::string& begins) {
    const std::vector<Finding> findings = examine(config_);
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const Finding& one) { return one.what.starts_with(begins); });
    return found == findings.end() ? Finding{Finding::Grade::bad, "none begins with " + begins, ""} : *found;
  }

  void make_catalog(std::int64_t version) {
    std::filesystem::create_directories(config_.data_dir);
    sqlite::Database database({.path = config_.catalog_db().string()});
    database.execute("CREATE TABLE t (x); PRAGMA user_version = " + std::to_string(version));
  }

  Config config_ = load("").config;
};

TEST_F(DoctorTest, AFolderThatIsNotThereYet) {
  EXPECT_EQ(finding("catalog.db").what, "catalog.db (the catalog): not there yet");
  const Finding data_folder = finding("data folder " + config_.data_dir.string() +
                                      ": not there, a start makes it, ");
  EXPECT_TRUE(data_folder.what.ends_with(" free")) << data_folder.what;
  EXPECT_EQ(data_folder.grade, Finding::Grade::worth_a_look);
  EXPECT_NE(data_folder.advice.find("--data-dir"), std::string::npos);
  EXPECT_EQ(finding("drive default").advice.find("bring it back"), std::string::npos) << "it never was";
  EXPECT_TRUE(finding("open files").what.ends_with(" needed for 10000 connections"));
  EXPECT_FALSE(std::filesystem::exists(config_.data_dir));
}

TEST_F(DoctorTest, ASoundDatabase) {
  make_catalog(std::ssize(sqlite::catalog_schema().steps));
  const Finding found = finding("catalog.db");
  EXPECT_EQ(found.grade, Finding::Grade::good);
  EXPECT_TRUE(found.what.ends_with(", sound")) << found.what;
}

TEST_F(DoctorTest, ADriveThatIsNotThereAnyMore) {
  make_catalog(std::ssize(sqlite::catalog_schema().steps));
  EXPECT_NE(finding("drive default").advice.find("bring it back"), std::string::npos);
  std::filesystem::create_directories(config_.drives[0].directory);
  EXPECT_EQ(finding("drive default").advice.find("bring it back"), std::string::npos);
}

TEST_F(DoctorTest, ANewerDatabase) {
  make_catalog(999);
  const Finding found = finding("catalog.db");
  EXPECT_EQ(found.grade, Finding::Grade::bad);
  EXPECT_NE(found.what.find("version 999, but this release knows"), std::string::npos) << found.what;
}

TEST_F(DoctorTest, ADamagedDatabase) {
  std::filesystem::create_directories(config_.data_dir);
  std::ofstream(config_.state_db()) << std::string(8192, 'x');
  const Finding found = finding("state.db");
  EXPECT_EQ(found.grade, Finding::Grade::bad);
  EXPECT_NE(found.advice.find("built again"), std::string::npos);
}

TEST(PrintFindingsTest, BadOnesAndTheirAdvice) {
  std::ostringstream out;
  EXPECT_TRUE(print_findings({{Finding::Grade::good, "clock: fine", ""},
                              {Finding::Grade::worth_a_look, "disk: full soon", "tidy up"}},
                             out));
  EXPECT_FALSE(print_findings({{Finding::Grade::bad, "catalog: gone", "restore it"}}, out));
  EXPECT_EQ(out.str(),
            "ok    clock: fine\n"
            "look  disk: full soon\n      -> tidy up\n"
            "BAD   catalog: gone\n      -> restore it\n");
}

}  // namespace
}  // namespace longshore::server
