#include "bench/load/http_uploads.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>

#include "base/encoding.h"
#include "bench/load/paced_body.h"

namespace longshore::bench {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

struct Answer {
  HttpFields fields;
  std::string text;
};

/// Throws unless it is answered with `status`.
asio::awaitable<Answer> send(const Tools& tools, HttpRequest request, int status) {
  request.endpoint = tools.server;
  const std::string what = request.method + " " + request.target;
  HttpAnswer answer = co_await tools.http.send(std::move(request));
  Answer read{.fields = answer.fields(), .text = co_await answer.collect(kAnswerBytesMax)};
  if (answer.status() != status)
    throw std::runtime_error(what + " answers " + std::to_string(answer.status()) + " " + read.text);
  co_return read;
}

asio::awaitable<json::value> initiate(const Tools& tools, json::object wanted) {
  wanted["connectorId"] = "bench";
  wanted["name"] = "some.bin";
  HttpTextBody body(json::serialize(wanted));
  const Answer answer = co_await send(tools,
                                      {.method = "POST",
                                       .target = "/v1/uploads",
                                       .fields = {{"Content-Type", "application/json"}},
                                       .body = &body},
                                      201);
  co_return json::parse(answer.text);
}

std::string text_of(const json::value& message, const char* field) {
  return std::string(message.as_object().at(field).as_string());
}

void expect_completed(const json::value& message) {
  if (text_of(message, "state") != "COMPLETED")
    throw std::runtime_error("not complete: " + json::serialize(message));
}

asio::awaitable<Answer> create_by_tus(const Tools& tools, const Plan& plan, HttpBody* body) {
  HttpFields fields{{"Tus-Resumable", "1.0.0"}, {"Upload-Length", std::to_string(plan.upload_bytes)}};
  if (body != nullptr) fields.push_back({"Content-Type", "application/offset+octet-stream"});
  co_return co_await send(tools, {.method = "POST", .target = "/files/", .fields = fields, .body = body},
                          201);
}

void expect_all_taken(const Answer& answer, const Plan& plan) {
  const std::string* offset = find_field(answer.fields, "Upload-Offset");
  if (offset == nullptr || *offset != std::to_string(plan.upload_bytes))
    throw std::runtime_error("tusd has not taken all bytes");
}

}  // namespace

asio::awaitable<void> upload_in_parts(const Tools& tools, const Plan& plan) {
  const json::value created = co_await initiate(tools, {{"expectedSize", std::to_string(plan.upload_bytes)}});
  const std::string parts = "/v1/uploads/" + text_of(created, "uploadId") + "/parts/";
  json::value last;
  for (std::int64_t at = 0, part = 0; at < plan.upload_bytes; at += plan.part_bytes, ++part) {
    const std::int64_t size = std::min(plan.part_bytes, plan.upload_bytes - at);
    const bool is_last = at + size == plan.upload_bytes;
    PacedBody body(size, plan.pace * size / plan.upload_bytes, tools.timers);
    const std::string target = parts + std::to_string(part) + (is_last ? "?last=true" : "");
    const Answer answer = co_await send(tools, {.method = "PUT", .target = target, .body = &body}, 200);
    if (is_last) last = json::parse(answer.text);
  }
  expect_completed(last);
}

asio::awaitable<void> upload_as_payload(const Tools& tools, const Plan& plan) {
  const std::string payload = base64_encode(pattern(plan.upload_bytes));
  expect_completed(co_await initiate(tools, {{"payload", payload}}));
}

asio::awaitable<void> upload_by_tus(const Tools& tools, const Plan& plan) {
  const Answer created = co_await create_by_tus(tools, plan, nullptr);
  const std::string* location = find_field(created.fields, "Location");
  const auto url = parse_http_url(location == nullptr ? "" : *location);
  if (!url) throw std::runtime_error("tusd does not say where the upload is");
  PacedBody body(plan.upload_bytes, plan.pace, tools.timers);
  const Answer answer = co_await send(tools,
                                      {.method = "PATCH",
                                       .target = url->target,
                                       .fields = {{"Tus-Resumable", "1.0.0"},
                                                  {"Upload-Offset", "0"},
                                                  {"Content-Type", "application/offset+octet-stream"}},
                                       .body = &body},
                                      204);
  expect_all_taken(answer, plan);
}

asio::awaitable<void> upload_by_tus_creation(const Tools& tools, const Plan& plan) {
  PacedBody body(plan.upload_bytes, plan.pace, tools.timers);
  expect_all_taken(co_await create_by_tus(tools, plan, &body), plan);
}

}  // namespace longshore::bench
