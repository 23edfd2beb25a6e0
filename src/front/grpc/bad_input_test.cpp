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

/// Over HTTP these are said elsewhere than in a message.
const BadMessage kRows[] = {
    {"StatusOfNothing", "GetUploadStatus", "{}", "INVALID_REQUEST", "upload_id"},
    {"IdempotencyKeyLong", "InitiateUpload",
     R"({"connectorId":"c","idempotencyKey":")" + std::string(300, 'k') + "\"}", "OUT_OF_LIMITS", "256"},
    {"ChunkWithControlInItsUpload", "UploadChunk", R"({"uploadId":"a\u0001b","data":"aGVsbG8="})",
     "INVALID_REQUEST", "upload_id"},
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
      if (open_.empty()) open_ = client_.open_upload();
      json.replace(at, 6, open_);
    }
    const auto* type = service_of(method)->FindMethodByName(method)->input_type();
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    EXPECT_FALSE(read_json(json, *message)) << json;
    return framed(*message);
  }

  CallAnswer call(const BadMessage& row) {
    return client_.call("/" + service_of(row.method)->full_name() + "/" + row.method,
                        request(row.method, row.json));
  }
  static const google::protobuf::ServiceDescriptor* service_of(const std::string& method) {
    const auto* file = v1::InitiateUploadRequest::descriptor()->file();
    const auto* uploads = file->FindServiceByName("UploadService");
    return uploads->FindMethodByName(method) != nullptr ? uploads : file->FindServiceByName("NodeService");
  }

  GrpcServer server_;
  GrpcClient client_{server_.port()};
  std::string open_;
};

TEST_P(GrpcBadInput, IsAnsweredAndLeavesNothing) {
  const BadMessage& row = GetParam();
  for (const BadMessage& step : row.before) EXPECT_EQ(call(step).code, 0);
  const auto begin = std::chrono::steady_clock::now();
  CallAnswer answer = call(row);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));

  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.reason, row.reason);
  EXPECT_EQ(answer.code, static_cast<int>(row.statuses().grpc));
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
    EXPECT_EQ(v1::UploadState_Name(now.state()), row.state());
    EXPECT_EQ(now.chunks_received(), row.chunks());
  }
  EXPECT_TRUE(
      server_.becomes([&] { return server_.body_bytes() == 0 && server_.client_limits.in_flight() == 0; }));
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

TEST(GrpcBadBytes, NamesWithNul) {
  GrpcServer server;
  GrpcClient client(server.port());
  v1::InitiateUploadRequest request;
  request.set_connector_id("c");
  request.set_name(std::string("a\0b", 3));
  EXPECT_EQ(client.call("InitiateUpload", request).metadata["field"], "name");
  request.set_name("n");
  request.set_path(std::string("a/\0", 3));
  EXPECT_EQ(client.call("InitiateUpload", request).metadata["field"], "path");
}

TEST(GrpcBadBytes, NotTheExpectedSize) {
  GrpcServer server;
  GrpcClient client(server.port());
  v1::InitiateUploadRequest begin;
  begin.set_connector_id("c");
  begin.set_name("n");
  begin.set_expected_size(10);
  const auto upload = client.call("InitiateUpload", begin).message<v1::InitiateUploadResponse>().upload_id();
  v1::UploadChunkRequest chunk;
  chunk.set_upload_id(upload);
  chunk.set_data("hello");
  EXPECT_EQ(client.call("UploadChunk", chunk).code, 0);
  v1::CompleteUploadRequest complete;
  complete.set_upload_id(upload);
  complete.set_total_chunks(1);
  const CallAnswer answer = client.call("CompleteUpload", complete);
  EXPECT_EQ(answer.code, 9);
  EXPECT_EQ(answer.reason, "SIZE_MISMATCH");
}

TEST(GrpcBadBytes, MoreChunksAtOnceThanAllowed) {
  GrpcServerOptions options;
  options.policy.parts_in_flight_per_upload = 1;
  GrpcServer server(options);
  GrpcClient client(server.port());
  v1::UploadChunkRequest chunk;
  chunk.set_upload_id(client.open_upload());
  chunk.set_data(std::string(50'000, 'x'));
  const std::string wire = framed(chunk);
  const StreamId sending = client.begin("UploadChunk", {{"longshore-chunk-number", "0"}});
  client.send(sending, wire.substr(0, 20'000));
  EXPECT_TRUE(server.becomes([&] {
    const auto& sessions = server.sessions.sessions();
    const auto session = sessions.find(UploadId{chunk.upload_id()});
    return session != sessions.end() && !session->second.entries.empty();
  }));
  chunk.set_chunk_number(1);
  const CallAnswer second = client.call("UploadChunk", chunk);
  EXPECT_EQ(second.code, 8);
  EXPECT_EQ(second.reason, "TOO_MANY_CHUNKS_IN_FLIGHT");
  EXPECT_TRUE(second.retry_after);
  client.send(sending, wire.substr(20'000), true);
  EXPECT_EQ(client.finish(sending).code, 0);
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
