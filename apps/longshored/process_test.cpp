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

}  // namespace
}  // namespace longshore::server
