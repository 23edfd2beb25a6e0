// A client on gRPC's own C++ library, for tests/system/grpc_clients_test.py: a whole upload, followed on its
// progress stream, and one refused call.
//   grpc_cpp_client HOST:PORT FILE      prints "node ID", "progress STATE...", "refused CODE
//   REASON DOMAIN"
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <grpcpp/grpcpp.h>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "longshore/v1/longshore.grpc.pb.h"
#include "longshore/v1/longshore.pb.h"
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

namespace {

namespace api = longshore::v1;

constexpr std::size_t kChunkBytes = 1'000'000;
constexpr std::size_t kMessageBytes = 100'000;  // of a chunk that goes as a stream

struct File {
  std::string data;

  [[nodiscard]] std::size_t chunks() const { return (data.size() + kChunkBytes - 1) / kChunkBytes; }
  [[nodiscard]] std::string chunk(std::size_t number) const {
    return data.substr(number * kChunkBytes, kChunkBytes);
  }
};

class Client {
 public:
  explicit Client(const std::string& address)
      : uploads_(
            api::UploadService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  std::string initiate(const File& file) {
    api::InitiateUploadRequest request;
    request.set_connector_id("cli");
    request.set_name("cpp.bin");
    request.set_expected_size(static_cast<std::int64_t>(file.data.size()));
    request.set_chunk_size(kChunkBytes);
    api::InitiateUploadResponse answer;
    grpc::ClientContext context;
    check(uploads_->InitiateUpload(&context, request, &answer));
    return answer.upload_id();
  }

  void put(const std::string& upload, const File& file, std::size_t number) {
    if (number % 2 == 0)
      put_message(upload, file, number);
    else
      put_stream(upload, file, number);
  }

  void complete(const std::string& upload, const File& file) {
    api::CompleteUploadRequest request;
    request.set_upload_id(upload);
    request.set_total_chunks(static_cast<std::int64_t>(file.chunks()));
    api::CompleteUploadResponse answer;
    grpc::ClientContext context;
    check(uploads_->CompleteUpload(&context, request, &answer));
    if (answer.state() != api::COMPLETED || answer.size() != static_cast<std::int64_t>(file.data.size()))
      throw std::runtime_error("completed otherwise: " + answer.ShortDebugString());
  }

  /// The states that the progress stream tells, to its end, each once. `begun` is fulfilled at the first one.
  std::string follow(const std::string& upload, std::promise<void> begun) {
    api::StreamUploadProgressRequest request;
    request.set_upload_id(upload);
    grpc::ClientContext context;
    const auto stream = uploads_->StreamUploadProgress(&context, request);
    std::string states;
    std::optional<api::UploadState> last;
    for (api::UploadStatus status; stream->Read(&status); last = status.state()) {
      if (!last) begun.set_value();
      if (status.state() != last) states += " " + api::UploadState_Name(status.state());
    }
    check(stream->Finish());
    return states;
  }

  /// What the status of an upload that never was is answered.
  std::string refused() {
    api::GetUploadStatusRequest request;
    request.set_upload_id("nobody-1");
    api::UploadStatus answer;
    grpc::ClientContext context;
    const grpc::Status status = uploads_->GetUploadStatus(&context, request, &answer);
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    details.ParseFromString(status.error_details());
    for (const auto& detail : details.details()) detail.UnpackTo(&info);
    return std::to_string(status.error_code()) + " " + info.reason() + " " + info.domain();
  }

 private:
  static void check(const grpc::Status& status) {
    if (!status.ok())
      throw std::runtime_error(std::to_string(status.error_code()) + " " + status.error_message());
  }

  void put_message(const std::string& upload, const File& file, std::size_t number) {
    api::UploadChunkRequest request;
    request.set_upload_id(upload);
    request.set_chunk_number(static_cast<std::int64_t>(number));
    request.set_is_last(number + 1 == file.chunks());
    request.set_data(file.chunk(number));
    api::UploadChunkResponse answer;
    grpc::ClientContext context;
    check(uploads_->UploadChunk(&context, request, &answer));
  }

  void put_stream(const std::string& upload, const File& file, std::size_t number) {
    const std::string data = file.chunk(number);
    api::UploadChunkResponse answer;
    grpc::ClientContext context;
    const auto stream = uploads_->UploadChunkStream(&context, &answer);
    api::UploadChunkStreamRequest first;
    auto& header = *first.mutable_header();
    header.set_upload_id(upload);
    header.set_chunk_number(static_cast<std::int64_t>(number));
    header.set_size(static_cast<std::int64_t>(data.size()));
    header.set_is_last(number + 1 == file.chunks());
    bool open = stream->Write(first);
    for (std::size_t at = 0; open && at < data.size(); at += kMessageBytes) {
      api::UploadChunkStreamRequest message;
      message.set_data(data.substr(at, kMessageBytes));
      open = stream->Write(message);
    }
    stream->WritesDone();
    check(stream->Finish());
  }

  std::unique_ptr<api::UploadService::Stub> uploads_;
};

void run(const std::string& address, const File& file) {
  Client client(address);
  const std::string upload = client.initiate(file);
  std::promise<void> begun;
  auto following = begun.get_future();
  auto progress = std::async(std::launch::async, &Client::follow, &client, upload, std::move(begun));
  following.wait();
  std::vector<std::future<void>> chunks;
  for (std::size_t number = 0; number < file.chunks(); ++number)
    chunks.push_back(std::async(std::launch::async, &Client::put, &client, upload, std::cref(file), number));
  for (auto& chunk : chunks) chunk.get();
  client.complete(upload, file);
  std::cout << "node " << upload << "\nprogress" << progress.get() << "\nrefused " << client.refused()
            << '\n';
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: grpc_cpp_client HOST:PORT FILE\n";
    return 2;
  }
  try {
    std::ifstream input(words[2], std::ios::binary);
    run(words[1], File{{std::istreambuf_iterator<char>(input), {}}});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
