#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

TEST(Nodes, ANodeIsWhatTheUploadSaidAndWhatTheStoreHas) {
  TestServer server;
  const std::string json =
      R"({"connectorId":"c","name":"n","path":"a/b","parentId":"p","mimeType":"text/plain",)"
      R"("metadata":{"k":"v"},"tags":{"t":"w"},"storageClass":"STANDARD_IA","payload":"aGVsbG8="})";
  const std::string id = server.post_json("/v1/uploads", json).text("nodeId");
  const Answer node = server.request("GET", "/v1/nodes/" + id);
  EXPECT_EQ(node.status, 200) << node.body;
  EXPECT_EQ(node.text("name"), "n");
  EXPECT_EQ(node.text("path"), "a/b");
  EXPECT_EQ(node.text("parentId"), "p");
  EXPECT_EQ(node.text("state"), "ACTIVE");
  EXPECT_EQ(node.text("size"), "5");
  EXPECT_EQ(node.text("crc32c"), "mnG7TA==");
  EXPECT_EQ(node.text("sha256"), "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
  EXPECT_EQ(node.text("bucket"), "fake");
  EXPECT_EQ(node.text("s3Key"), "connectors/c/" + id + ".pb");
  EXPECT_EQ(node.text("drive"), "default");
  EXPECT_EQ(node.text("metadata"), R"({"k":"v"})");
  EXPECT_EQ(node.text("tags"), R"({"t":"w"})");
  EXPECT_EQ(node.text("storageClass"), "STANDARD_IA");
  EXPECT_EQ(node.text("operation"), "");
}

TEST(Nodes, DeleteIsOnceAndThenGone) {
  TestServer server;
  const std::string id = server.request("PUT", "/v1/objects/c/n", "hello").text("nodeId");
  for (int i = 0; i < 2; ++i) {
    const Answer deleted = server.request("DELETE", "/v1/nodes/" + id);
    EXPECT_EQ(deleted.status, 200) << deleted.body;
    EXPECT_EQ(deleted.text("state"), "DELETED");
  }
  const Answer read = server.request("GET", "/v1/nodes/" + id + "/content");
  EXPECT_EQ(read.status, 410);
  EXPECT_EQ(read.text("reason"), "NODE_DELETED");
  EXPECT_EQ(server.request("GET", "/v1/objects/c/n").status, 410);
  EXPECT_EQ(server.request("DELETE", "/v1/nodes/" + id + "?purge=true").status, 200);
}

TEST(Nodes, ListsAreInPagesAndByWhatIsAsked) {
  TestServer server;
  for (const char* name : {"1?path=x", "2?path=x/y", "3?path=z"}) {
    EXPECT_EQ(server.request("PUT", std::string("/v1/objects/c/") + name, "hello").status, 201);
  }
  EXPECT_EQ(server.request("PUT", "/v1/objects/d/1", "hello").status, 201);
  const auto count = [&server](const std::string& query) {
    const Answer answer = server.request("GET", "/v1/nodes?" + query);
    return answer.status == 200 ? answer.json().at("nodes").as_array().size() : 999;
  };
  EXPECT_EQ(count(""), 4U);
  EXPECT_EQ(count("connector_id=c"), 3U);
  EXPECT_EQ(count("connector_id=c&path_prefix=x"), 2U);
  EXPECT_EQ(count("state=ACTIVE&drive=default"), 4U);
  EXPECT_EQ(count("state=DELETED"), 0U);
  const Answer page = server.request("GET", "/v1/nodes?page_size=3");
  EXPECT_EQ(count("page_size=3&page_token=" + percent_encode(page.text("nextPageToken"))), 1U);
}

}  // namespace
}  // namespace longshore::http
