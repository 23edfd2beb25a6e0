#include "apps/longshored/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

namespace longshore::server {
namespace {

TEST(ProcessTest, NoCoreDumpsAndAllTheFilesItMayHave) {
  prepare_process();
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_max, 0U);
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  EXPECT_EQ(static_cast<rlim_t>(open_files_max()), limit.rlim_cur);
}

TEST(ProcessTest, NoMoreConnectionsThanThereAreFilesFor) {
  EXPECT_EQ(connections_within(1'000'000, 10'000), 10'000);
  EXPECT_EQ(connections_within(1024, 10'000), 462);
  EXPECT_EQ(connections_within(1024, 100), 100);
  EXPECT_EQ(connections_within(0, 10'000), 4);
  EXPECT_LE(open_files_for(connections_within(1024, 10'000)), 1024);
}

}  // namespace
}  // namespace longshore::server
