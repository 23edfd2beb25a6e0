#include "front/grpc/grpc_fixture_test.h"

#include <charconv>
#include <chrono>

#include "longshore/v1/longshore.pb.h"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "base/encoding.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace longshore::grpc {
namespace {

using Steady = std::chrono::steady_clock;

int number(const std::string& text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void take_details(std::string base64, CallAnswer& answer) {
  base64.resize((base64.size() + 3) / 4 * 4, '=');
  ::google::rpc::Status status;
  if (!status.ParseFromString(base64_decode(base64).value_or(""))) return;
  for (const auto& detail : status.details()) {
    ::google::rpc::ErrorInfo info;
    ::google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) {
      answer.reason = info.reason();
      answer.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (detail.UnpackTo(&retry)) {
      answer.retry_after = Millis{retry.retry_delay().seconds() * 1000 +
                                  retry.retry_delay().nanos() / 1'000'000};
    }
  }
}

}  // namespace

std::vector<std::string> CallAnswer::messages() const {
  std::vector<std::string> all;
  for (std::size_t at = 0; at + 5 <= body.size();) {
    std::size_t length = 0;
    for (std::size_t i = 1; i < 5; ++i) length = length << 8U | static_cast<unsigned char>(body[at + i]);
    all.push_back(body.substr(at + 5, length));
    at += 5 + length;
  }
  return all;
}

GrpcServer::GrpcServer(const GrpcServerOptions& options)
    : FrontStand(options), front(ports(Log::none()), client_limits, options.config) {
  port_ = front.listen({&loop()}, any_port()).port();
  run_loop();
}

GrpcServer::~GrpcServer() {
  if (!drained_) drain(Millis{0}).wait();
  end_loop();
}

std::future<void> GrpcServer::drain(Millis patience) {
  drained_ = true;
  return boost::asio::co_spawn(loop(), front.drain(patience), boost::asio::use_future);
}

bool GrpcClient::exchange(Millis wait) {
  if (socket_.ended()) return false;
  socket_.send(http2.output());
  http2.receive(socket_.receive(wait));
  socket_.send(http2.output());
  return !socket_.ended();
}

bool GrpcClient::until(const std::function<bool()>& condition) {
  const auto deadline = Steady::now() + kTestPatience;
  while (!condition()) {
    if (Steady::now() > deadline || !exchange(Millis{10})) return condition();
  }
  return true;
}

StreamId GrpcClient::begin(const std::string& method, const Fields& metadata) {
  const std::string path = method.find('/') == std::string::npos ? "/longshore.v1.UploadService/" + method
                                                                 : method;
  return http2.call(path, metadata);
}

void GrpcClient::send(StreamId stream, const std::string& bytes, bool end) {
  http2.send(stream, bytes, end);
  exchange(Millis{0});
}

void GrpcClient::cancel(StreamId stream) {
  http2.cancel(stream);
  exchange(Millis{0});
}

CallAnswer GrpcClient::finish(StreamId stream) {
  until([&] { return http2.answer(stream).closed; });
  const StreamAnswer& received = http2.answer(stream);
  CallAnswer answer;
  answer.http_status = number(received.field(":status"));
  if (received.ended) answer.code = number(received.field("grpc-status"));
  answer.text = received.field("grpc-message");
  answer.body = received.body;
  take_details(received.field("grpc-status-details-bin"), answer);
  return answer;
}

CallAnswer GrpcClient::call(const std::string& method, const std::string& request, const Fields& metadata) {
  const StreamId stream = begin(method, metadata);
  send(stream, request, true);
  return finish(stream);
}

std::string GrpcClient::open_upload() {
  v1::InitiateUploadRequest request;
  request.set_connector_id("c");
  request.set_name("n");
  return call("InitiateUpload", request).message<v1::InitiateUploadResponse>().upload_id();
}

}  // namespace longshore::grpc
