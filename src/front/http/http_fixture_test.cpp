#include "front/http/http_fixture_test.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "net/memory_shares.h"

namespace longshore::http {
namespace {

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

bool RawClient::wait_for_bytes() {
  const std::string piece = socket_.receive(kTestPatience);
  received_ += piece;
  return !piece.empty();
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

bool RawClient::is_closed() { return received_.empty() && !wait_for_bytes() && socket_.ended(); }

bool RawClient::is_heard_within(Millis limit) {
  received_ += socket_.receive(limit);
  return !received_.empty() || socket_.ended();
}

TestServer::TestServer(const ServerOptions& options)
    : FrontStand(options),
      front(ports(Log::to_stream(log_stream_, LogFormat::kText, LogLevel::kInfo, clock)), client_limits,
            options.config) {
  port_ = front.listen({&loop()}, any_port(), options.surface).port();
  run_loop();
}

TestServer::~TestServer() {
  if (!drained_) drain(Millis{0}).wait();
  end_loop();
}

std::uint16_t TestServer::listen(Surface surface) {
  return on_loop([&] { return front.listen({&loop()}, any_port(), surface).port(); });
}

std::future<void> TestServer::drain(Millis patience) {
  drained_ = true;
  return boost::asio::co_spawn(loop(), front.drain(patience), boost::asio::use_future);
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

ClientShares::Share all_memory_of_answers(TestServer& server) {
  const std::int64_t all = memory_shares::of(server.buffers.budget_bytes(), memory_shares::kAnswers) * 3 / 4;
  return server.client_limits.admit_answer(boost::asio::ip::make_address("127.0.0.2"), all);
}

}  // namespace longshore::http
