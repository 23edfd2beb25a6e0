#include "front/common/encode.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

Operation operation(OperationState state) {
  Operation op;
  op.id = UploadId{"node-0001.2"};
  op.node = NodeId{"node-0001"};
  op.connector = ConnectorId{"c"};
  op.state = state;
  op.attributes.name = "n";
  op.expected.size = 100;
  op.is_update = true;
  op.replaced = UploadId{"node-0001"};
  op.created_at = from_epoch_ms(1000);
  op.updated_at = from_epoch_ms(2000);
  return op;
}

StoredObject object() {
  return {.size = 90, .etag = ETag{"e"}, .version_id = "v", .crc32c = 0x9a71bb4cU, .sha256_base64 = "s"};
}

TEST(Encode, OpenIsPendingOrUploading) {
  UploadView view;
  view.operation = operation(OperationState::open);
  view.expires_at = from_epoch_ms(9000);
  EXPECT_EQ(to_status(view).state(), v1::PENDING);
  view.ledger = {.bytes = 7, .received = 2};
  view.missing = {{ChunkIndex{1}, ChunkIndex{3}}};
  view.received = {{ChunkIndex{0}, ChunkIndex{0}}, {ChunkIndex{4}, ChunkIndex{4}}};
  const v1::UploadStatus status = to_status(view);
  EXPECT_EQ(status.state(), v1::UPLOADING);
  EXPECT_EQ(status.bytes_uploaded(), 7);
  EXPECT_EQ(status.total_bytes(), 100);
  EXPECT_EQ(status.chunks_received(), 2);
  EXPECT_EQ(status.missing_chunks(0).last(), 3);
  EXPECT_EQ(status.received_chunks_size(), 2);
  EXPECT_EQ(status.expires_at_epoch_ms(), 9000);
  EXPECT_EQ(status.kind(), "upload");
}

TEST(Encode, CompletedTellsTheObject) {
  UploadView view;
  view.operation = operation(OperationState::completed);
  view.operation.result = object();
  view.ledger = {.bytes = 90, .received = 3};
  view.expires_at = from_epoch_ms(9000);
  const v1::UploadStatus status = to_status(view);
  EXPECT_EQ(status.state(), v1::COMPLETED);
  EXPECT_EQ(status.bytes_uploaded(), 90);
  EXPECT_EQ(status.total_bytes(), 90);
  EXPECT_EQ(status.crc32c(), "mnG7TA==");
  EXPECT_EQ(status.sha256(), "s");
  EXPECT_EQ(status.expires_at_epoch_ms(), 0) << "it does not expire any more";
  EXPECT_EQ(status.error_code(), "");
}

TEST(Encode, ARowOfAListTellsHowMuchThereIs) {
  UploadRow row{
      .operation = operation(OperationState::open), .ledger = {}, .expires_at = from_epoch_ms(9000)};
  EXPECT_EQ(to_status(row).state(), v1::PENDING);
  row.ledger = {.bytes = 7, .received = 2};
  EXPECT_EQ(to_status(row).state(), v1::UPLOADING);
  EXPECT_EQ(to_status(row).bytes_uploaded(), 7);
  EXPECT_EQ(to_status(row).chunks_received(), 2);
  EXPECT_EQ(to_status(row).expires_at_epoch_ms(), 9000);
}

TEST(Encode, ACompletedUploadWhoseObjectIsDeletedSaysSo) {
  UploadRow row{.operation = operation(OperationState::completed), .ledger = {}, .expires_at = {}};
  row.operation.result = object();
  row.operation.object_deleted = true;
  const v1::UploadStatus status = to_status(row);
  EXPECT_EQ(status.state(), v1::COMPLETED) << "how it ended does not change";
  EXPECT_EQ(status.error_code(), "NOT_FOUND");
  EXPECT_EQ(status.error_message(), "its object has been deleted");
}

TEST(Encode, Initiated) {
  UploadView view;
  view.operation = operation(OperationState::open);
  view.previous_version_id = "v1";
  const auto limits = to_limits(StoreLimits{}, UploadPolicy{}, std::nullopt, 0);
  const v1::InitiateUploadResponse response = to_initiated(view, limits);
  EXPECT_EQ(response.upload_id(), "node-0001.2");
  EXPECT_TRUE(response.is_update());
  EXPECT_EQ(response.previous_upload_id(), "node-0001");
  EXPECT_EQ(response.previous_version_id(), "v1");
  EXPECT_EQ(response.limits().max_concurrent_chunks(), 10);
  EXPECT_EQ(response.limits().max_object_size(), 5 * TiB);
}

TEST(Encode, Chunk) {
  PartAnswer answer;
  answer.upload = UploadId{"node-0001.2"};
  answer.chunk = ChunkIndex{3};
  v1::UploadChunkResponse response = to_chunk_response(answer);
  EXPECT_EQ(response.node_id(), "node-0001");
  EXPECT_EQ(response.job_id(), "node-0001.2");
  EXPECT_EQ(response.state(), v1::UPLOADING);
  EXPECT_EQ(response.hash_type(), "");
  EXPECT_FALSE(response.is_file_complete());
  answer.state = OperationState::completed;
  answer.file_sha256_base64 = "s";
  response = to_chunk_response(answer);
  EXPECT_TRUE(response.is_file_complete());
  EXPECT_EQ(response.hash_type(), "SHA256_BASE64");
}

TEST(Encode, CompleteWithMissingChunksIsUploading) {
  CompleteAnswer answer;
  answer.upload = UploadId{"node-0001"};
  answer.missing = {{ChunkIndex{0}, ChunkIndex{0}}};
  const v1::CompleteUploadResponse response = to_complete_response(answer);
  EXPECT_EQ(response.state(), v1::UPLOADING);
  EXPECT_EQ(response.missing_chunks_size(), 1);
}

TEST(Encode, NodeNamesWhatIsGoingOnWithIt) {
  Node node;
  node.id = NodeId{"node-0001"};
  node.state = NodeState::active;
  node.object = object();
  node.open_operation = UploadId{"node-0001.3"};
  node.attributes.metadata = {{"k", "v"}};
  const v1::Node message = to_message(node, "bucket");
  EXPECT_EQ(message.state(), v1::Node::ACTIVE);
  EXPECT_EQ(message.operation(), "node-0001.3");
  EXPECT_EQ(message.bucket(), "bucket");
  EXPECT_EQ(message.metadata().at("k"), "v");
}

}  // namespace
}  // namespace longshore
