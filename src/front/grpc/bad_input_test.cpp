#include <chrono>
#include <memory>
#include <string>

#include "longshore/v1/longshore.pb.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "front/common/bad_messages_test.h"
#include "front/grpc/grpc_fixture_test.h"
#include "wire/json.h"

// Whatever is wrong with a call has an answer that says so, and leaves nothing behind.
namespace longshore::grpc {
namespace {

/// Over HTTP these are queries and paths, with rows of their own.
const BadMessage kRows[] = {
    {"StatusOfUnknown", "GetUploadStatus", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
    {"StatusOfNothing", "GetUploadStatus", "{}", "INVALID_REQUEST", "upload_id"},
    {"StatusMalformed", "GetUploadStatus", R"({"uploadId":"../x"})", "INVALID_REQUEST", "upload_id"},
    {"ProgressOfUnknown", "StreamUploadProgress", R"({"nodeId":"unknown-1"})", "NOT_FOUND", ""},
    {"CompleteUnknown", "CompleteUpload", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
    {"CancelReason", "CancelUpload", R"({"uploadId":"{open}","reason":"a\nb"})", "INVALID_REQUEST", "reason"},
    {"CancelUnknown", "CancelUpload", R"({"uploadId":"unknown-1"})", "NOT_FOUND", ""},
    {"ListPageSize", "ListUploads", R"({"pageSize":-1})", "INVALID_REQUEST", "page_size"},
    {"ListForgedToken", "ListUploads", R"({"pageToken":"forged"})", "INVALID_REQUEST", "page_token"},
    {"ListConnector", "ListUploads", R"({"connectorId":"*"})", "INVALID_REQUEST", "connector_id"},
    {"LimitsOfUnknownDrive", "GetUploadLimits", R"({"drive":"nowhere"})", "INVALID_REQUEST", "drive"},
    {"LimitsNegative", "GetUploadLimits", R"({"expectedSize":-1})", "INVALID_REQUEST", "expected_size"},
    {"IdempotencyKeyLong", "InitiateUpload",
     R"({"connectorId":"c","idempotencyKey":")" + std::string(300, 'k') + "\"}", "OUT_OF_LIMITS", "256"},
    {"ChunkOfUnknown", "UploadChunk", R"({"uploadId":"unknown-1","data":"aGVsbG8="})", "NOT_FOUND", ""},
    {"ChunkOfMalformed", "UploadChunk", R"({"uploadId":"a\u0001b","data":"aGVsbG8="})", "INVALID_REQUEST",
     "upload_id"},
    {"ChunkNumberNegative", "UploadChunk", R"({"uploadId":"{open}","chunkNumber":-1,"data":"aGVsbG8="})",
     "INVALID_REQUEST", "chunk_number"},
    {"ChunkNumberBeyondTheStore", "UploadChunk",
     R"({"uploadId":"{open}","chunkNumber":100,"data":"aGVsbG8="})", "OUT_OF_LIMITS", "99"},
    {"ChunkNumberBeyondAll", "UploadChunk",
     R"({"uploadId":"{open}","chunkNumber":"9223372036854775807","data":"aGVsbG8="})", "OUT_OF_LIMITS",
     "9999"},
    {"ChunkEmpty", "UploadChunk", R"({"uploadId":"{open}"})", "OUT_OF_LIMITS", ""},
    {"ChunkWrongDigest", "UploadChunk", R"({"uploadId":"{open}","data":"aGVsbG8=","crc32c":"AAAAAA=="})",
     "DIGEST_MISMATCH", ""},
    {"ChunkMalformedDigest", "UploadChunk", R"({"uploadId":"{open}","data":"aGVsbG8=","crc32c":"x"})",
     "INVALID_REQUEST", "crc32c"},
    {"ChunkWithCustomerKey", "UploadChunk",
     R"({"uploadId":"{open}","data":"aGVsbG8=","customerKeyB64":"AAAA"})", "INVALID_REQUEST",
     "customer_key_b64"},
};

std::vector<BadMessage> all_rows() {
  std::vector<BadMessage> rows = bad_messages();
  rows.insert(rows.end(), std::begin(kRows), std::end(kRows));
  return rows;
}

class GrpcBadInput : public testing::TestWithParam<BadMessage> {
 protected:
  /// The request of `method`, filled from JSON.
  std::string request(const std::string& method, std::string json) {
    if (const auto at = json.find("{open}"); at != std::string::npos) {
      open_ = client_.open_upload();
      json.replace(at, 6, open_);
    }
    const auto* service = v1::InitiateUploadRequest::descriptor()->file()->FindServiceByName("UploadService");
    const auto* type = service->FindMethodByName(method)->input_type();
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    EXPECT_FALSE(read_json(json, *message)) << json;
    return framed(*message);
  }

  GrpcServer server_;
  GrpcClient client_{server_.port()};
  std::string open_;
};

TEST_P(GrpcBadInput, IsAnsweredAndLeavesNothing) {
  const BadMessage& row = GetParam();
  const std::string wire = request(row.method, row.json);
  const auto begin = std::chrono::steady_clock::now();
  CallAnswer answer = client_.call(row.method, wire);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));

  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.reason, row.reason);
  EXPECT_NE(answer.code, 0);
  EXPECT_FALSE(answer.text.empty());
  if (!row.named.empty()) {
    EXPECT_TRUE(answer.metadata["field"] == row.named || answer.metadata["limit"] == row.named)
        << answer.text;
  }
  EXPECT_EQ(server_.on_loop([&] { return server_.catalog.operations().size(); }), open_.empty() ? 0U : 1U);
  EXPECT_TRUE(server_.on_loop([&] { return server_.store.objects().empty(); }));
  if (!open_.empty()) {
    v1::GetUploadStatusRequest status;
    status.set_upload_id(open_);
    const auto now = client_.call("GetUploadStatus", status).message<v1::UploadStatus>();
    EXPECT_EQ(now.state(), v1::PENDING);
    EXPECT_EQ(now.chunks_received(), 0);
  }
  EXPECT_TRUE(
      server_.becomes([&] { return server_.body_bytes() == 0 && server_.front.calls_in_flight() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Messages, GrpcBadInput, testing::ValuesIn(all_rows()),
                         [](const auto& row) { return row.param.name; });

TEST(GrpcBadBytes, EnumsWithoutAName) {
  GrpcServer server;
  GrpcClient client(server.port());
  v1::ListUploadsRequest uploads;
  uploads.set_state(static_cast<v1::UploadState>(99));
  EXPECT_EQ(client.call("ListUploads", uploads).metadata["field"], "state");
  v1::ListNodesRequest nodes;
  nodes.set_state(static_cast<v1::Node::State>(99));
  EXPECT_EQ(client.call("/longshore.v1.NodeService/ListNodes", nodes).metadata["field"], "state");
}

TEST(GrpcBadBytes, NestedWithoutEnd) {
  GrpcServer server;
  GrpcClient client(server.port());
  const std::string groups(60'000, '\x0b');
  EXPECT_EQ(client.call("ListUploads", framed(groups)).code, 3);
  EXPECT_EQ(client.call("UploadChunk", framed(groups)).code, 3);
  EXPECT_EQ(client.call("ListUploads", framed(std::string(70'000, '\0'))).code, 8);
}

}  // namespace
}  // namespace longshore::grpc
