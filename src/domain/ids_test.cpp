#include "domain/ids.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(Ids, AnUploadAtAStoreIsItsIdOnWhateverTerms) {
  const StoreUploadId on_terms("id", "CRC32C full");
  EXPECT_EQ(on_terms.str(), "id CRC32C full");
  EXPECT_EQ(on_terms.id(), "id");
  EXPECT_EQ(on_terms.terms(), "CRC32C full");
  const StoreUploadId bare("id", "");
  EXPECT_EQ(bare.str(), "id");
  EXPECT_EQ(bare.terms(), "");
  EXPECT_EQ(bare, on_terms);
  EXPECT_NE(StoreUploadId("id2"), on_terms);
  EXPECT_LT(on_terms, StoreUploadId("id2"));
  EXPECT_EQ(StoreUploadId().id(), "");
}

TEST(Ids, NodeIds) {
  for (const std::string& good :
       {std::string("abcdefgh"), std::string("0190b2c4-7d2e-7c3a-8f00-0123456789ab"), std::string(64, 'a'),
        std::string("--------")})
    EXPECT_TRUE(is_node_id(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("abcdefg"), std::string(65, 'a'), std::string("ABCDEFGH"),
        std::string("abcdefg."), std::string("abcdefg/"), std::string("abcd efgh"),
        std::string("abcdefg\0", 8), std::string("abcdefg\n"), std::string("abcdéfgh")})
    EXPECT_FALSE(is_node_id(bad)) << bad;
}

TEST(Ids, UploadIds) {
  for (const char* good : {"abcdefgh", "abcdefgh.2", "abcdefgh.10", "abcdefgh.999999999"})
    EXPECT_TRUE(is_upload_id(good)) << good;
  for (const char* bad :
       {"", "abcdefgh.", "abcdefgh.0", "abcdefgh.1", "abcdefgh.02", "abcdefgh.2.3", "abcdefgh.-2",
        "abcdefgh.+2", "abcdefgh.2x", "abcdefgh.1000000000", ".2", "short.2", "abcdefgh. 2"})
    EXPECT_FALSE(is_upload_id(bad)) << bad;
}

TEST(Ids, ConnectorIds) {
  for (const std::string& good : {std::string("c"), std::string("Kunde_7.x-y"), std::string(64, '9')})
    EXPECT_TRUE(is_connector_id(good)) << good;
  for (const std::string& bad : {std::string(), std::string(65, 'c'), std::string(".c"), std::string("-c"),
                                 std::string("_c"), std::string("a/b"), std::string("a b"), std::string("ä")})
    EXPECT_FALSE(is_connector_id(bad)) << bad;
}

TEST(Ids, DriveNames) {
  for (const std::string& good : {std::string("default"), std::string("d"), std::string(32, '0')})
    EXPECT_TRUE(is_drive_name(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string(33, 'd'), std::string("Drive"), std::string("a-b"), std::string("a.b")})
    EXPECT_FALSE(is_drive_name(bad)) << bad;
}

TEST(Ids, AnUploadIsNamedAfterItsNode) {
  const NodeId node{"abcdefgh"};
  EXPECT_EQ(upload_id_of(node, 1), UploadId{"abcdefgh"});
  EXPECT_EQ(upload_id_of(node, 2), UploadId{"abcdefgh.2"});
  EXPECT_EQ(upload_id_of(node, 12), UploadId{"abcdefgh.12"});
  for (const std::int64_t n : {1, 2, 3, 999}) {
    EXPECT_TRUE(is_upload_id(upload_id_of(node, n).str()));
    EXPECT_EQ(node_of(upload_id_of(node, n)), node);
  }
}

TEST(Ids, ChunksAndParts) {
  EXPECT_EQ(part_of(ChunkIndex{0}), PartNumber{1});
  EXPECT_EQ(chunk_of(PartNumber{10'000}), ChunkIndex{9'999});
}

TEST(Ids, ByName) {
  const auto id = [](const char* drive, const char* connector, std::string_view path, std::string_view name) {
    return node_id_by_name(DriveName{drive}, ConnectorId{connector}, path, name);
  };
  const NodeId one = id("default", "cli", "", "file.bin");
  // Any UUIDv5 tool says the same of namespace and ["default","cli","","file.bin"].
  EXPECT_EQ(one, NodeId{"278a1b45-f1e9-519c-a2ce-3e33c1a37634"});
  EXPECT_TRUE(is_node_id(one.str()));
  EXPECT_EQ(one.str()[14], '5') << "version 5";
  EXPECT_EQ(one, id("default", "cli", "", "file.bin")) << "the same name, the same node";

  // Every field counts, and none runs over into its neighbour.
  std::set<NodeId> others{one,
                          id("other", "cli", "", "file.bin"),
                          id("default", "cl", "", "ifile.bin"),
                          id("default", "cli", "a", "b"),
                          id("default", "cli", "", "a/b"),
                          id("default", "cli", "a/b", ""),
                          id("default", "cli", "", "\",\""),
                          id("default", "cli", "\",\"", ""),
                          id("default", "cli", "\\", "x"),
                          id("default", "cli", "", "\\x"),
                          id("default", "cli", "", "ä"),
                          id("default", "cli", "", "a")};
  EXPECT_EQ(others.size(), 12U);
}

}  // namespace
}  // namespace longshore
