#include "directory/names.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::directory {
namespace {

std::string path(const std::string& key) { return object_path(ObjectKey(key)); }

TEST(Names, AKeyIsAPathBeneathObjects) {
  EXPECT_EQ(path("a"), "objects/a");
  EXPECT_EQ(path("connectors/acme/01.pb"), "objects/connectors/acme/01.pb");
  EXPECT_EQ(path(" /%2F/\"x\"/日本"), "objects/ /%2F/\"x\"/日本");
  EXPECT_EQ(path("..a/b.../.c"), "objects/..a/b.../.c");
}

TEST(Names, KeysThatCannotBePathsAreRefused) {
  using namespace std::string_literals;
  const std::vector<std::string> keys{"",     "/",     "/a",    "a/",         "a//b",
                                      ".",    "..",    "a/./b", "a/../b",     "../a",
                                      "a/..", "a\0b"s, "\xff",  "a/\xc0\xaf", std::string(1025, 'x')};
  for (const std::string& key : keys) {
    try {
      ADD_FAILURE() << path(key);
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::store_refused);
      EXPECT_EQ(error.outcome(), Outcome::refused);
      EXPECT_EQ(error.details().store_code, "InvalidKey");
    }
  }
}

TEST(Names, LongSegmentsAreSplit) {
  const std::string a(240, 'a');
  EXPECT_EQ(path(a), "objects/" + a);
  EXPECT_EQ(path(a + "b"), "objects/" + a + "+/b");
  EXPECT_EQ(path(a + a + "b/c"), "objects/" + a + "+/" + a + "+/b/c");
  // The key that looks like it: its first segment is longer than what is left whole, so it is split itself.
  EXPECT_EQ(path(a + "+/b"), "objects/" + a + "+/+/b");
}

TEST(Names, RecordsAreNamedByTheKeysDigest) {
  const RecordPaths paths = record_paths(ObjectKey("abc"));
  EXPECT_EQ(paths.current,
            "metadata/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.json");
  EXPECT_EQ(paths.next, "metadata/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.next");
}

}  // namespace
}  // namespace longshore::directory
