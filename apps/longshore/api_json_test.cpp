#include "apps/longshore/api_json.h"

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"

namespace longshore::cli {
namespace {

TEST(ApiJson, ReadsAStatus) {
  const UploadStatus status = decode_status(parse_json(R"({
    "nodeId": "n1", "uploadId": "n1.2", "state": "UPLOADING", "bytesUploaded": "9007199254740993", "totalBytes": 12,
    "receivedChunks": [{"first": "0", "last": "2"}, {"first": "5", "last": "5"}], "missingChunks": [],
    "aKeyOfTomorrow": [[{}]], "etag": null})"));
  EXPECT_EQ(status.node_id, "n1");
  EXPECT_EQ(status.upload_id, "n1.2");
  EXPECT_EQ(status.state, UploadState::uploading);
  EXPECT_EQ(status.bytes_uploaded, 9007199254740993);
  EXPECT_EQ(status.total_bytes, 12);
  EXPECT_EQ(status.received_chunks, (std::vector<ChunkRange>{{0, 2}, {5, 5}}));
  EXPECT_EQ(status.etag, "");
}

TEST(ApiJson, RefusesOtherTypesThanPromised) {
  for (const char* bad :
       {R"([])", R"({"nodeId": 1})", R"({"state": "SLEEPING"})", R"({"bytesUploaded": "1e3"})",
        R"({"bytesUploaded": "9223372036854775808"})", R"({"bytesUploaded": 1.5})",
        R"({"receivedChunks": {}})", R"({"receivedChunks": [1]})"}) {
    EXPECT_THROW(decode_status(parse_json(bad)), Failure) << bad;
  }
  EXPECT_THROW(decode_initiate(parse_json(R"({"nodeId": "n"})")), Failure);  // no uploadId
}

TEST(ApiJson, RefusesMalformedText) {
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("{} {}"), std::string("{'a': 1}"),
        std::string("{\"a\": 1,}"), std::string(10000, '[')}) {
    EXPECT_THROW(parse_json(bad), Failure) << bad.substr(0, 20);
  }
}

TEST(ApiJson, ReadsAProblemAndToleratesAProxysPage) {
  const Problem problem = decode_problem(
      R"({"type": "urn:longshore:error:MISSING_CHUNKS", "reason": "MISSING_CHUNKS", "detail": "send 3",
          "missingChunks": [{"first": "3", "last": "3"}], "status": 409})");
  EXPECT_EQ(problem.reason, "MISSING_CHUNKS");
  EXPECT_EQ(problem.missing_chunks, (std::vector<ChunkRange>{{3, 3}}));
  EXPECT_EQ(decode_problem("<html>502 Bad Gateway</html>").reason, "");
  EXPECT_EQ(decode_problem("").reason, "");
}

TEST(ApiJson, WritesRequests) {
  EXPECT_EQ(
      encode_initiate({.connector_id = "cli",
                       .path = "a/b",
                       .name = "x \"y\"",
                       .expected_size = 12,
                       .chunk_size = 5,
                       .idempotency_key = "k"}),
      R"({"connectorId":"cli","name":"x \"y\"","byName":true,"expectedSize":"12","chunkSize":"5","path":"a/b"})");
  EXPECT_EQ(encode_complete({.upload_id = "u", .total_chunks = 3, .expected_crc32c = "AAAAAA=="}),
            R"({"totalChunks":"3","expectedCrc32c":"AAAAAA=="})");
}

TEST(ApiJson, ReadsPages) {
  const Page<Node> page = decode_nodes(parse_json(
      R"({"nodes": [{"nodeId": "a", "size": "7", "state": "ACTIVE"}, {"nodeId": "b"}], "nextPageToken": "t"})"));
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].size, 7);
  EXPECT_EQ(page.items[0].state, "ACTIVE");
  EXPECT_EQ(page.next_page_token, "t");
}

}  // namespace
}  // namespace longshore::cli
