#include <set>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"

namespace longshore::grpc {
namespace {

class GrpcUploads : public testing::Test {
 protected:
  v1::UploadChunkRequest chunk(const std::string& upload, std::int64_t number, std::string data, bool last) {
    v1::UploadChunkRequest request;
    request.set_upload_id(upload);
    request.set_chunk_number(number);
    request.set_data(std::move(data));
    request.set_is_last(last);
    return request;
  }
  template <class Request>
  Request of(const std::string& upload) {
    Request request;
    request.set_upload_id(upload);
    return request;
  }

  GrpcServer server;
  GrpcClient client{server.port()};
};

TEST_F(GrpcUploads, FromTheFirstCallToTheObject) {
  v1::InitiateUploadRequest initiate;
  initiate.set_connector_id("c");
  initiate.set_name("n");
  const CallAnswer begun = client.call("InitiateUpload", initiate);
  ASSERT_EQ(begun.code, 0) << begun.text;
  EXPECT_EQ(begun.http_status, 200);
  const auto opened = begun.message<v1::InitiateUploadResponse>();
  EXPECT_EQ(opened.state(), v1::PENDING);
  EXPECT_EQ(opened.limits().max_unary_message(), 16 * MiB);
  const std::string upload = opened.upload_id();

  const std::string first(100'000, 'a');
  const std::string second(50'000, 'b');
  const CallAnswer one = client.call("UploadChunk", chunk(upload, 0, first, false));
  ASSERT_EQ(one.code, 0) << one.text;
  EXPECT_EQ(one.message<v1::UploadChunkResponse>().bytes_uploaded(), 100'000);

  const auto status = client.call("GetUploadStatus", of<v1::GetUploadStatusRequest>(upload))
                          .message<v1::UploadStatus>();
  EXPECT_EQ(status.state(), v1::UPLOADING);
  EXPECT_EQ(status.chunks_received(), 1);

  const CallAnswer two = client.call("UploadChunk", chunk(upload, 1, second, true));
  ASSERT_EQ(two.code, 0) << two.text;
  EXPECT_TRUE(two.message<v1::UploadChunkResponse>().is_file_complete());

  const auto completed = client.call("CompleteUpload", of<v1::CompleteUploadRequest>(upload))
                             .message<v1::CompleteUploadResponse>();
  EXPECT_EQ(completed.state(), v1::COMPLETED);
  EXPECT_EQ(completed.size(), 150'000);

  v1::GetNodeRequest get;
  get.set_node_id(opened.node_id());
  const auto node = client.call("/longshore.v1.NodeService/GetNode", get).message<v1::Node>();
  EXPECT_EQ(node.size(), 150'000);
  EXPECT_EQ(node.state(), v1::Node::ACTIVE);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
}

TEST_F(GrpcUploads, MissingChunksAreNoError) {
  const std::string upload = client.open_upload();
  client.call("UploadChunk", chunk(upload, 2, "last", true));
  const CallAnswer answer = client.call("CompleteUpload", of<v1::CompleteUploadRequest>(upload));
  EXPECT_EQ(answer.code, 0);
  const auto response = answer.message<v1::CompleteUploadResponse>();
  EXPECT_EQ(response.state(), v1::UPLOADING);
  ASSERT_EQ(response.missing_chunks_size(), 1);
  EXPECT_EQ(response.missing_chunks(0).first(), 0);
  EXPECT_EQ(response.missing_chunks(0).last(), 1);
}

TEST_F(GrpcUploads, CancelListsAndLimits) {
  const std::string upload = client.open_upload();
  const auto cancelled = client.call("CancelUpload", of<v1::CancelUploadRequest>(upload))
                             .message<v1::CancelUploadResponse>();
  EXPECT_TRUE(cancelled.success());
  EXPECT_EQ(cancelled.state(), v1::CANCELLED);
  const CallAnswer late = client.call("UploadChunk", chunk(upload, 0, "data", true));
  EXPECT_EQ(late.code, 9);
  EXPECT_EQ(late.reason, "UPLOAD_ENDED");
  EXPECT_EQ(late.metadata.at("state"), "CANCELLED");

  const auto list = client.call("ListUploads", v1::ListUploadsRequest()).message<v1::ListUploadsResponse>();
  ASSERT_EQ(list.uploads_size(), 1);
  EXPECT_EQ(list.uploads(0).upload_id(), upload);
  const auto nodes = client.call("/longshore.v1.NodeService/ListNodes", v1::ListNodesRequest())
                         .message<v1::ListNodesResponse>();
  EXPECT_EQ(nodes.nodes_size(), 1);
  const auto limits = client.call("GetUploadLimits", v1::GetUploadLimitsRequest())
                          .message<v1::UploadLimits>();
  EXPECT_EQ(limits.max_chunk_size(), 8 * MiB);
}

TEST_F(GrpcUploads, APageOfLargeRowsEndsEarly) {
  constexpr int kNodes = 70;
  v1::InitiateUploadRequest initiate;
  initiate.set_connector_id("c");
  (*initiate.mutable_metadata())["note"] = std::string(2000, 'n');
  for (int i = 0; i < kNodes; ++i) {
    initiate.set_name(std::to_string(i) + std::string(1000, 'x'));
    ASSERT_EQ(client.call("InitiateUpload", initiate).code, 0);
  }
  std::set<std::string> seen;
  v1::ListNodesRequest list;
  list.set_page_size(1000);
  std::size_t pages = 0;
  do {
    const CallAnswer answer = client.call("/longshore.v1.NodeService/ListNodes", list);
    ASSERT_EQ(answer.code, 0) << answer.text;
    EXPECT_LT(answer.body.size(), 256 * 1024U);
    const auto page = answer.message<v1::ListNodesResponse>();
    for (const auto& node : page.nodes()) seen.insert(node.node_id());
    list.set_page_token(page.next_page_token());
    ++pages;
  } while (!list.page_token().empty());
  EXPECT_EQ(seen.size(), std::size_t{kNodes});
  EXPECT_GE(pages, 2U);
}

TEST_F(GrpcUploads, APayloadIsTheWholeObject) {
  v1::InitiateUploadRequest request;
  request.set_connector_id("c");
  request.set_name("n");
  request.set_payload(std::string(200'000, 'p'));
  const CallAnswer answer = client.call("InitiateUpload", request);
  ASSERT_EQ(answer.code, 0) << answer.text;
  EXPECT_EQ(answer.message<v1::InitiateUploadResponse>().state(), v1::COMPLETED);
  v1::DeleteNodeRequest remove;
  remove.set_node_id(answer.message<v1::InitiateUploadResponse>().node_id());
  const CallAnswer removed = client.call("/longshore.v1.NodeService/DeleteNode", remove);
  EXPECT_EQ(removed.message<v1::Node>().state(), v1::Node::DELETED);
}

TEST_F(GrpcUploads, ErrorsSayWhatAndWhy) {
  v1::GetUploadStatusRequest unknown;
  unknown.set_upload_id("00000000-0000-7000-8000-000000000000");
  const CallAnswer missing = client.call("GetUploadStatus", unknown, {{"x-request-id", "my-id"}});
  EXPECT_EQ(missing.code, 5);
  EXPECT_EQ(missing.reason, "NOT_FOUND");
  EXPECT_EQ(missing.metadata.at("requestId"), "my-id");
  unknown.set_upload_id("../x");
  const CallAnswer malformed = client.call("GetUploadStatus", unknown);
  EXPECT_EQ(malformed.code, 3);
  EXPECT_EQ(malformed.metadata.at("field"), "upload_id");
}

TEST_F(GrpcUploads, ProgressIsStreamedUntilTheEnd) {
  const std::string upload = client.open_upload();
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(of<v1::StreamUploadProgressRequest>(upload)), true);
  EXPECT_TRUE(client.until([&] { return !client.http2.answer(watch).body.empty(); }));
  client.call("UploadChunk", chunk(upload, 0, "all", true));
  const CallAnswer answer = client.finish(watch);
  EXPECT_EQ(answer.code, 0);
  const auto messages = answer.messages();
  ASSERT_GE(messages.size(), 2U);
  v1::UploadStatus last;
  ASSERT_TRUE(last.ParseFromString(messages.back()));
  EXPECT_EQ(last.state(), v1::COMPLETED);
}

TEST_F(GrpcUploads, AWatcherThatLeavesIsForgotten) {
  const std::string upload = client.open_upload();
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(of<v1::StreamUploadProgressRequest>(upload)), true);
  EXPECT_TRUE(client.until([&] { return !client.http2.answer(watch).body.empty(); }));
  EXPECT_EQ(server.front.context().watchers, 1);
  client.cancel(watch);
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 0; }));
}

}  // namespace
}  // namespace longshore::grpc
