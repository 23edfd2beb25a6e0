#include "front/http/http_fixture_test.h"

#include <algorithm>
#include <arpa/inet.h>
#include <bit>
#include <chrono>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace longshore::http {
namespace {

constexpr int kPatienceMs = 10'000;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Answer parse_answer_head(const std::string& head) {
  Answer answer;
  if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("no HTTP answer: " + head);
  answer.status = (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
  for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    answer.fields[lower(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return answer;
}

std::map<DriveName, Drive> one_drive(ObjectStore& store, const StoreLimits& limits) {
  std::map<DriveName, Drive> drives;
  Drive drive;
  drive.name = DriveName{"default"};
  drive.store = &store;
  drive.limits = limits;
  drives.emplace(drive.name, drive);
  return drives;
}

Readiness readiness_of(std::vector<std::string> missing) {
  return [missing = std::move(missing)]() -> Task<std::vector<std::string>> {
    return [](std::vector<std::string> list) -> Task<std::vector<std::string>> { co_return list; }(missing);
  };
}

}  // namespace

std::string Answer::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

boost::json::value Answer::json() const {
  boost::system::error_code error;
  auto value = boost::json::parse(body, error);
  return error ? boost::json::value() : value;
}

std::string Answer::text(const std::string& name) const {
  const boost::json::value value = json();
  if (!value.is_object() || !value.get_object().contains(name)) return "";
  const boost::json::value& member = value.at(name);
  return member.is_string() ? std::string(member.get_string()) : boost::json::serialize(member);
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes)
    : RawClient(1, port, receive_buffer_bytes) {}

std::unique_ptr<RawClient> RawClient::from(std::uint8_t host, std::uint16_t port) {
  return std::unique_ptr<RawClient>(new RawClient(host, port, 0));
}

RawClient::RawClient(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes)
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

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd ready{.fd = socket_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::end_sending() { ::shutdown(socket_, SHUT_WR); }

void RawClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(std::exchange(socket_, -1));
}

bool RawClient::wait_for_bytes() {
  pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
  std::string piece(64 * 1024, '\0');
  const ssize_t bytes = ::recv(socket_, piece.data(), piece.size(), 0);
  if (bytes <= 0) return false;
  received_.append(piece, 0, static_cast<std::size_t>(bytes));
  return true;
}

Answer RawClient::receive(bool to_head) {
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!wait_for_bytes()) return {};
  }
  Answer answer = parse_answer_head(received_.substr(0, end + 2));
  received_.erase(0, end + 4);
  const bool bodiless = to_head || answer.status == 304 || answer.status == 100;
  const std::string length = answer.field("content-length");
  if (bodiless || length.empty()) return answer;
  std::size_t wanted = 0;
  for (const char digit : length) wanted = wanted * 10 + static_cast<std::size_t>(digit - '0');
  while (received_.size() < wanted && wait_for_bytes()) {
  }
  answer.body = received_.substr(0, wanted);
  received_.erase(0, wanted);
  return answer;
}

std::string RawClient::receive_all() {
  while (wait_for_bytes()) {
  }
  return std::exchange(received_, {});
}

std::string RawClient::receive_some() {
  if (received_.empty()) wait_for_bytes();
  return std::exchange(received_, {});
}

bool RawClient::is_closed() {
  if (!received_.empty()) return false;
  pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, 0) <= 0;
}

TestServer::TestServer(ServerOptions options)
    : buffers(options.memory_budget),
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
                       .random = random,
                       .metrics = metrics,
                       .log = Log::to_stream(log_stream_, LogFormat::kText, LogLevel::kInfo, clock),
                       .readiness = readiness_of(options.not_ready)},
            client_limits, options.config),
      work_(loop_.get_executor()),
      in_use_at_rest_(buffers.in_use_bytes()) {
  using boost::asio::ip::tcp;
  const ListenerOptions listen{.endpoint = tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0),
                               .connections = client_limits.connections()};
  port_ = front.listen({&loop_}, listen, options.surface).port();
  thread_ = std::thread([this] { loop_.run(); });
}

TestServer::~TestServer() {
  if (!drained_) drain(Millis{0}).wait();
  work_.reset();
  loop_.stop();
  thread_.join();
}

std::future<void> TestServer::drain(Millis patience) {
  drained_ = true;
  return boost::asio::co_spawn(loop_, front.drain(patience), boost::asio::use_future);
}

Answer TestServer::request(const std::string& method, const std::string& target, const std::string& body,
                           const std::vector<std::string>& fields) const {
  RawClient client(port_);
  client.send(request_text(method, target, body, fields));
  return client.receive(method == "HEAD");
}

Answer TestServer::post_json(const std::string& target, const std::string& json,
                             const std::vector<std::string>& fields) const {
  std::vector<std::string> all = fields;
  all.emplace_back("Content-Type: application/json");
  return request("POST", target, json, all);
}

std::string TestServer::open_upload(const std::string& json) const {
  return post_json("/v1/uploads", json).text("uploadId");
}

bool TestServer::becomes(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (std::chrono::steady_clock::now() < deadline) {
    if (on_loop(condition)) return true;
    std::this_thread::yield();
  }
  return false;
}

std::string request_text(const std::string& method, const std::string& target, const std::string& body,
                         const std::vector<std::string>& fields) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
  for (const std::string& field : fields) text += field + "\r\n";
  const bool announced = std::ranges::any_of(fields, [](const std::string& field) {
    return field.starts_with("Content-Length:") || field.starts_with("Transfer-Encoding:");
  });
  if (!announced && (!body.empty() || method == "PUT"))
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

bool left_nothing(TestServer& server) {
  return server.becomes([&server] {
    const bool all_ended = std::ranges::all_of(server.catalog.operations(), [](const auto& row) {
      return has_ended(row.second.operation.state) && row.second.operation.state != OperationState::completed;
    });
    const bool none_active = std::ranges::none_of(
        server.catalog.nodes(), [](const auto& row) { return row.second.node.state == NodeState::active; });
    return all_ended && none_active && server.sessions.sessions().empty() && server.store.uploads().empty() &&
           server.store.objects().empty() && server.body_bytes() == 0;
  });
}

}  // namespace longshore::http
