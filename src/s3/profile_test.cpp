#include "s3/profile.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

std::string_view by_host(const std::string& host) { return profile_of(HttpEndpoint{.host = host}).name; }

TEST(Profile, KnownByTheHost) {
  EXPECT_EQ(by_host("s3.eu-west-1.amazonaws.com"), "aws");
  EXPECT_EQ(by_host("s3.cn-north-1.amazonaws.com.cn"), "aws");
  EXPECT_EQ(by_host("abc.eu.r2.cloudflarestorage.com"), "r2");
  EXPECT_EQ(by_host("s3.us-west-004.backblazeb2.com"), "b2");
  EXPECT_EQ(by_host("storage.googleapis.com"), "gcs");
  EXPECT_EQ(by_host("s3.wasabisys.com"), "wasabi");
  EXPECT_EQ(by_host("s3.fr-par.scw.cloud"), "scaleway");
  EXPECT_EQ(by_host("amazonaws.com.example.org"), "any");
  EXPECT_EQ(by_host("127.0.0.1"), "any");
}

TEST(Profile, KnownByTheServer) {
  EXPECT_EQ(profile_of_server("MinIO")->name, "minio");
  EXPECT_EQ(profile_of_server("MinIO/RELEASE.2021-04-06")->name, "minio");
  EXPECT_EQ(profile_of_server("ViPR/1.0")->name, "ecs");
  EXPECT_EQ(profile_of_server("StorageGRID/11.5.0.4")->name, "storagegrid");
  EXPECT_EQ(profile_of_server("nginx"), nullptr);
}

TEST(Profile, TheNamesOfTheConfiguration) {
  for (const char* name :
       {"aws", "minio", "garage", "ceph", "r2", "b2", "gcs", "wasabi", "scaleway", "ecs", "storagegrid"})
    EXPECT_NE(find_profile(name), nullptr) << name;
  EXPECT_EQ(find_profile("auto"), nullptr);
}

TEST(Profile, OnlyWhatIsKnownToBeHarmlessIsDoneTwice) {
  EXPECT_TRUE(find_profile("aws")->complete_twice_harmless);
  EXPECT_TRUE(find_profile("minio")->complete_twice_harmless);
  EXPECT_FALSE(find_profile("ceph")->complete_twice_harmless);
  EXPECT_FALSE(find_profile("any")->complete_twice_harmless);
}

TEST(Profile, ListsThatLeaveUploadsOutProveNothing) {
  EXPECT_FALSE(find_profile("ecs")->lists_uploads);
  EXPECT_FALSE(find_profile("storagegrid")->lists_uploads);
  EXPECT_TRUE(find_profile("any")->lists_uploads);
}

TEST(Profile, LimitsBecomeNarrowerOnly) {
  StoreLimits limits;
  narrow(limits, *find_profile("r2"));
  EXPECT_TRUE(limits.equal_parts);
  EXPECT_LT(limits.object_bytes_max, 5 * TiB);
  narrow(limits, *find_profile("scaleway"));
  EXPECT_EQ(limits.parts_max, 1000);
  StoreLimits small{.parts_max = 10, .object_bytes_max = 1000};
  narrow(small, *find_profile("aws"));
  EXPECT_EQ(small.parts_max, 10);
  EXPECT_EQ(small.object_bytes_max, 1000);
}

}  // namespace
}  // namespace longshore::s3
