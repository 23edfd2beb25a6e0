#include "bench/load/grpc_uploads.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "longshore/v1/longshore.pb.h"

#include "bench/load/grpc_link.h"

namespace longshore::bench {
namespace {

namespace asio = boost::asio;
namespace api = v1;

constexpr std::int64_t kStreamedMessageBytes = 256 * 1024;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

/// Key and length of a field of bytes (protobuf's wire type 2).
std::string field_head(int number, std::int64_t bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(static_cast<std::uint64_t>(bytes));
}

/// The length in front of a message that is not compressed.
std::string prefix(std::int64_t bytes) {
  std::string text(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(bytes >> shift & 0xFF);
  return text;
}

/// A message with `bytes` of the pattern in the field `number` between two others' encodings.
void add_message(GrpcCall& call, const std::string& before, int number, std::int64_t bytes,
                 const std::string& after) {
  const std::string front = before + field_head(number, bytes);
  call.stretches.push_back({prefix(std::ssize(front) + bytes + std::ssize(after)) + front, bytes});
  if (!after.empty()) call.stretches.push_back({after, 0});
}

api::InitiateUploadRequest wanted(const Plan& plan) {
  api::InitiateUploadRequest request;
  request.set_connector_id("bench");
  request.set_name("some.bin");
  request.set_expected_size(plan.upload_bytes);
  return request;
}

template <class Message>
asio::awaitable<Message> answer_to(const Tools& tools, GrpcCall call) {
  const std::string text = co_await tools.grpc.call(std::move(call));
  Message message;
  if (!message.ParseFromString(text)) throw std::runtime_error("the answer is no message");
  co_return message;
}

asio::awaitable<std::string> initiate(const Tools& tools, const Plan& plan) {
  const std::string request = wanted(plan).SerializeAsString();
  GrpcCall call{.method = "InitiateUpload"};
  call.stretches.push_back({prefix(std::ssize(request)) + request, 0});
  const auto created = co_await answer_to<api::InitiateUploadResponse>(tools, std::move(call));
  co_return created.upload_id();
}

struct Chunk {
  std::string upload;
  std::int64_t number = 0;
  std::int64_t size = 0;
  bool is_last = false;
};

/// Fields in the order of their numbers, as every library writes them.
GrpcCall unary_call(const Chunk& chunk) {
  api::UploadChunkRequest before;
  before.set_upload_id(chunk.upload);
  api::UploadChunkRequest after;
  after.set_chunk_number(chunk.number);
  after.set_is_last(chunk.is_last);
  GrpcCall call{.method = "UploadChunk",
                .metadata = {{"longshore-chunk-number", std::to_string(chunk.number)}}};
  add_message(call, before.SerializeAsString(), api::UploadChunkRequest::kDataFieldNumber, chunk.size,
              after.SerializeAsString());
  return call;
}

GrpcCall stream_call(const Chunk& chunk) {
  api::UploadChunkStreamRequest first;
  first.mutable_header()->set_upload_id(chunk.upload);
  first.mutable_header()->set_chunk_number(chunk.number);
  first.mutable_header()->set_is_last(chunk.is_last);
  first.mutable_header()->set_size(chunk.size);
  const std::string header = first.SerializeAsString();
  GrpcCall call{.method = "UploadChunkStream"};
  call.stretches.push_back({prefix(std::ssize(header)) + header, 0});
  for (std::int64_t at = 0; at < chunk.size; at += kStreamedMessageBytes)
    add_message(call, "", api::UploadChunkStreamRequest::kDataFieldNumber,
                std::min(kStreamedMessageBytes, chunk.size - at), "");
  return call;
}

asio::awaitable<void> upload(const Tools& tools, const Plan& plan, GrpcCall (*call_for)(const Chunk&)) {
  Chunk chunk{.upload = co_await initiate(tools, plan)};
  for (std::int64_t at = 0; at < plan.upload_bytes; at += chunk.size, ++chunk.number) {
    chunk.size = std::min(plan.part_bytes, plan.upload_bytes - at);
    chunk.is_last = at + chunk.size == plan.upload_bytes;
    GrpcCall call = call_for(chunk);
    call.pace = plan.pace * chunk.size / plan.upload_bytes;
    const auto answer = co_await answer_to<api::UploadChunkResponse>(tools, std::move(call));
    if (chunk.is_last && answer.state() != api::COMPLETED)
      throw std::runtime_error("the upload is not complete");
  }
}

}  // namespace

asio::awaitable<void> upload_by_chunks(const Tools& tools, const Plan& plan) {
  co_await upload(tools, plan, unary_call);
}

asio::awaitable<void> upload_by_streams(const Tools& tools, const Plan& plan) {
  co_await upload(tools, plan, stream_call);
}

asio::awaitable<void> upload_as_grpc_payload(const Tools& tools, const Plan& plan) {
  GrpcCall call{.method = "InitiateUpload"};
  add_message(call, wanted(plan).SerializeAsString(), api::InitiateUploadRequest::kPayloadFieldNumber,
              plan.upload_bytes, "");
  const auto answer = co_await answer_to<api::InitiateUploadResponse>(tools, std::move(call));
  if (answer.state() != api::COMPLETED) throw std::runtime_error("the upload is not complete");
}

}  // namespace longshore::bench
