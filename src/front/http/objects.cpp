#include <utility>

#include "longshore/v1/longshore.pb.h"

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/http/content_digest.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "front/http/node_answers.h"
#include "wire/json.h"

namespace longshore::http {
namespace {

std::string field_or_empty(const RequestHead& head, std::string_view name) {
  const std::string* value = head.find(name);
  return value == nullptr ? std::string() : *value;
}

/// If-None-Match: * means "only if it is new"; a list of tags would mean something else, which is not offered
/// on a PUT.
bool must_be_new(const RequestHead& head) {
  const std::string* condition = head.find("if-none-match");
  if (condition == nullptr) return false;
  if (*condition != "*") throw invalid_field("If-None-Match", "on a PUT, If-None-Match must be *");
  return true;
}

PutWholeRequest request_of(const Exchange& exchange) {
  v1::InitiateUploadRequest message;
  message.set_connector_id(exchange.parameter("connector_id"));
  message.set_name(exchange.parameter("name"));
  message.set_path(exchange.query("path").value_or(""));
  message.set_drive(exchange.query("drive").value_or(""));
  message.set_mime_type(field_or_empty(exchange.head(), "content-type"));
  message.set_content_disposition(field_or_empty(exchange.head(), "content-disposition"));
  message.set_cache_control(field_or_empty(exchange.head(), "cache-control"));
  message.set_fail_if_exists(must_be_new(exchange.head()));
  message.set_by_name(true);

  PutWholeRequest request;
  request.initiate = to_request(message);
  if (const std::string* field = exchange.head().find("content-digest")) {
    const ContentDigest digest = parse_content_digest(*field);
    request.crc32c = digest.crc32c;
    request.sha256 = digest.sha256;
  }
  return request;
}

}  // namespace

Task<void> put_object(Exchange& exchange) {
  if (!exchange.has_content_length() && exchange.body().length()) {
    throw Error{Reason::length_required, "an object needs a body: with a Content-Length (0 too), or chunked"};
  }
  PutWholeRequest request = request_of(exchange);
  if (!exchange.body().length())
    exchange.memory().will_reserve(
        exchange.coordinator().drive(request.initiate.drive).limits.part_bytes_unknown_length);
  const PutWholeAnswer answer = co_await exchange.coordinator().put_object(
      exchange.caller(), std::move(request), exchange.body());
  Response response = json_response(answer.created ? 201 : 200,
                                    write_json(exchange.public_calls().to_node(answer.node)));
  response.fields.push_back({"Location", exchange.url("/v1/nodes/" + answer.node.id.str())});
  response.fields.push_back({"ETag", entity_tag(answer.node.object)});
  co_await exchange.send(std::move(response));
}

Task<void> get_object(Exchange& exchange) {
  DriveName drive = checks::drive("drive", exchange.query("drive").value_or(""));
  ConnectorId connector = checks::connector_id("connector_id", exchange.parameter("connector_id"));
  std::string path = checks::path("path", exchange.query("path").value_or(""));
  std::string name = checks::name("name", exchange.parameter("name"));
  const Node node = co_await exchange.coordinator().node_by_name(std::move(drive), std::move(connector),
                                                                 std::move(path), std::move(name));
  co_await send_content(exchange, node.id, UploadId{});
}

}  // namespace longshore::http
