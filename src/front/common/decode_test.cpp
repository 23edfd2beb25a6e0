#include "front/common/decode.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

v1::InitiateUploadRequest minimal() {
  v1::InitiateUploadRequest message;
  message.set_connector_id("c");
  return message;
}

template <class Message>
std::string refused_field(const Message& message) {
  try {
    to_request(message);
    return "";
  } catch (const Error& error) {
    return error.details().field;
  }
}

TEST(Decode, Initiate) {
  v1::InitiateUploadRequest message = minimal();
  message.set_drive("archive");
  message.set_name("n");
  message.set_path("a/b");
  message.set_expected_size(0);
  message.set_chunk_size(5);
  message.set_expected_crc32c("mnG7TA==");
  (*message.mutable_metadata())["k"] = "v";
  (*message.mutable_tags())["t"] = "w";
  const InitiateRequest request = to_request(message);
  EXPECT_EQ(request.drive.str(), "archive");
  EXPECT_EQ(request.connector.str(), "c");
  EXPECT_EQ(request.attributes.path, "a/b");
  EXPECT_EQ(request.attributes.metadata, (TextMap{{"k", "v"}}));
  EXPECT_EQ(request.attributes.tags, (TextMap{{"t", "w"}}));
  EXPECT_EQ(request.expected.size, 0);
  EXPECT_EQ(request.expected.chunk_size, 5);
  EXPECT_EQ(request.expected.crc32c, 0x9a71bb4cU);
  EXPECT_FALSE(request.by_name);
  EXPECT_TRUE(request.request_sha256_hex.empty()) << "nothing to compare without a key";
}

TEST(Decode, WhichNodeIsMeant) {
  v1::InitiateUploadRequest message = minimal();
  message.set_fail_if_exists(true);
  EXPECT_EQ(refused_field(message), "name") << "fail_if_exists alone is by name, which needs one";
  message.set_name("n");
  EXPECT_TRUE(to_request(message).by_name);
  message.set_client_node_id("node-0001");
  EXPECT_FALSE(to_request(message).by_name);
  message.set_by_name(true);
  EXPECT_EQ(refused_field(message), "by_name");
}

TEST(Decode, RepeatsCompareWithoutTheirKeyInAnyOrderOfMaps) {
  v1::InitiateUploadRequest one = minimal();
  v1::InitiateUploadRequest two = minimal();
  one.set_idempotency_key("k-1");
  two.set_idempotency_key("k-2");
  for (int i = 0; i < 20; ++i) (*one.mutable_metadata())["k" + std::to_string(i)] = "v";
  for (int i = 20; i-- > 0;) (*two.mutable_metadata())["k" + std::to_string(i)] = "v";
  EXPECT_EQ(to_request(one).request_sha256_hex, to_request(two).request_sha256_hex);
  EXPECT_EQ(to_request(one).request_sha256_hex.size(), 64U);
  two.set_payload("x");
  EXPECT_NE(to_request(one).request_sha256_hex, to_request(two).request_sha256_hex);
}

TEST(Decode, WhatIsNotOfferedIsRefusedNotPassedOver) {
  v1::InitiateUploadRequest message = minimal();
  message.mutable_encryption();
  EXPECT_EQ(refused_field(message), "") << "asks for nothing";
  message.mutable_encryption()->set_kms_key_id("k");
  EXPECT_EQ(refused_field(message), "encryption");
  message = minimal();
  message.mutable_encryption()->set_custody(v1::EncryptionOptions::VAULT);
  EXPECT_EQ(refused_field(message), "encryption");
  message = minimal();
  message.set_want_upload_token(true);
  EXPECT_EQ(refused_field(message), "want_upload_token");
}

TEST(Decode, UploadRefs) {
  EXPECT_EQ(to_upload_ref("node-0001", "").node.str(), "node-0001");
  EXPECT_EQ(to_upload_ref("", "node-0001.2").upload.str(), "node-0001.2");
  EXPECT_EQ(to_upload_ref("node-0001", "node-0001.2").upload.str(), "node-0001.2");
  EXPECT_THROW(to_upload_ref("", ""), Error);
  EXPECT_THROW(to_upload_ref("node-0002", "node-0001.2"), Error);
  EXPECT_THROW(to_upload_ref("", "node-0001.1"), Error);
}

TEST(Decode, Complete) {
  v1::CompleteUploadRequest message;
  message.set_upload_id("node-0001");
  EXPECT_EQ(to_request(message).total_chunks, std::nullopt);
  message.set_total_chunks(0);
  EXPECT_EQ(to_request(message).total_chunks, 0);
  message.set_total_chunks(std::int64_t{1} << 40);
  EXPECT_EQ(refused_field(message), "total_chunks");
  message.set_total_chunks(-1);
  EXPECT_EQ(refused_field(message), "total_chunks");
}

TEST(Decode, Chunks) {
  v1::UploadChunkRequest message;
  message.set_upload_id("node-0001");
  message.set_chunk_number(7);
  message.set_is_last(true);
  message.set_crc32c("AAAAAQ==");
  const PutPartRequest request = to_request(message, 42);
  EXPECT_EQ(request.ref.upload.str(), "node-0001");
  EXPECT_EQ(request.chunk.value(), 7);
  EXPECT_EQ(request.size, 42);
  EXPECT_TRUE(request.last);
  EXPECT_EQ(request.crc32c, 1U);
  message.set_chunk_number(-1);
  EXPECT_THROW(to_request(message, 42), Error);
  message.set_chunk_number(7);
  message.set_customer_key_b64("key");
  EXPECT_THROW(to_request(message, 42), Error);
}

TEST(Decode, HeadersOfChunks) {
  v1::UploadChunkStreamRequest::Header header;
  header.set_upload_id("node-0001");
  const auto reason = [&header] {
    try {
      to_request(header);
    } catch (const Error& error) {
      return error.reason();
    }
    return Reason::internal;
  };
  EXPECT_EQ(reason(), Reason::length_required);
  header.set_size(-1);
  EXPECT_EQ(reason(), Reason::invalid_request);
  header.set_size(0);
  EXPECT_EQ(to_request(header).size, 0);
}

TEST(Decode, ListsSelectByState) {
  v1::ListUploadsRequest uploads;
  EXPECT_TRUE(to_query(uploads).states.empty());
  for (const auto open : {v1::PENDING, v1::UPLOADING}) {
    uploads.set_state(open);
    EXPECT_EQ(to_query(uploads).states, (std::vector{OperationState::open}));
  }
  uploads.set_state(v1::EXPIRED);
  EXPECT_EQ(to_query(uploads).states, (std::vector{OperationState::expired}));
  v1::ListNodesRequest nodes;
  EXPECT_EQ(to_query(nodes).state, std::nullopt);
  nodes.set_state(v1::Node::DELETED);
  EXPECT_EQ(to_query(nodes).state, NodeState::deleted);
}

}  // namespace
}  // namespace longshore
