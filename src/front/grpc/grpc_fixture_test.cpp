#include "front/grpc/grpc_fixture_test.h"

#include <arpa/inet.h>
#include <bit>
#include <charconv>
#include <chrono>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "longshore/v1/longshore.pb.h"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "base/encoding.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace longshore::grpc {
namespace {

using Steady = std::chrono::steady_clock;
constexpr Millis kPatience{10'000};

std::map<DriveName, Drive> one_drive(ObjectStore& store, const StoreLimits& limits) {
  std::map<DriveName, Drive> drives;
  Drive drive;
  drive.name = DriveName{"default"};
  drive.store = &store;
  drive.limits = limits;
  drives.emplace(drive.name, drive);
  return drives;
}

Task<std::vector<std::string>> given(std::vector<std::string> list) { co_return list; }

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

GrpcServer::GrpcServer(GrpcServerOptions options)
    : buffers(options.memory_budget),
      store(clock, {}, options.store_hooks),
      coordinator(Ports{.catalog = catalog,
                        .sessions = sessions,
                        .events = &events,
                        .timers = timers,
                        .clock = clock,
                        .random = random,
                        .buffers = buffers},
                  one_drive(store, options.limits), options.policy,
                  [](std::string_view, const std::string&) {}),
      client_limits(buffers, options.client_limits),
      front(FrontPorts{.coordinator = coordinator,
                       .buffers = buffers,
                       .timers = timers,
                       .clock = clock,
                       .random = options.random != nullptr ? *options.random : random,
                       .metrics = metrics,
                       .log = Log::none(),
                       .readiness = [missing = options.not_ready] { return given(missing); }},
            client_limits, options.config),
      work_(loop_.get_executor()),
      idle_bytes_(buffers.in_use_bytes()) {
  using boost::asio::ip::tcp;
  const ListenerOptions listen{.endpoint = tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0),
                               .connections = client_limits.connections()};
  port_ = front.listen({&loop_}, listen).port();
  thread_ = std::thread([this] { loop_.run(); });
}

GrpcServer::~GrpcServer() {
  if (!drained_) drain(Millis{0}).wait();
  work_.reset();
  loop_.stop();
  thread_.join();
}

std::future<void> GrpcServer::drain(Millis patience) {
  drained_ = true;
  return boost::asio::co_spawn(loop_, front.drain(patience), boost::asio::use_future);
}

bool GrpcServer::becomes(const std::function<bool()>& condition) {
  const auto deadline = Steady::now() + kPatience;
  while (Steady::now() < deadline) {
    if (on_loop(condition)) return true;
    std::this_thread::yield();
  }
  return false;
}

TestSocket::TestSocket(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  }
  const auto loopback = [](std::uint32_t last, std::uint16_t at) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
    return std::bit_cast<sockaddr>(address);
  };
  const sockaddr source = loopback(host, 0);
  const sockaddr server = loopback(1, port);
  if (::bind(socket_, &source, sizeof(source)) != 0 || ::connect(socket_, &server, sizeof(server)) != 0)
    throw std::runtime_error("connect failed");
}

TestSocket::~TestSocket() { ::close(socket_); }

bool TestSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd ready{.fd = socket_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(kPatience.count())) <= 0) return false;
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string TestSocket::receive(Millis wait) {
  pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
  if (ended_ || ::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return "";
  std::string piece(256 * 1024, '\0');
  const ssize_t bytes = ::recv(socket_, piece.data(), piece.size(), 0);
  ended_ = bytes <= 0;
  piece.resize(ended_ ? 0 : static_cast<std::size_t>(bytes));
  return piece;
}

bool TestSocket::is_closed() {
  const auto deadline = Steady::now() + kPatience;
  while (!ended_ && Steady::now() < deadline) receive(Millis{10});
  return ended_;
}

bool GrpcClient::exchange(Millis wait) {
  if (socket_.ended()) return false;
  socket_.send(http2.output());
  http2.receive(socket_.receive(wait));
  socket_.send(http2.output());
  return !socket_.ended();
}

bool GrpcClient::until(const std::function<bool()>& condition) {
  const auto deadline = Steady::now() + kPatience;
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
