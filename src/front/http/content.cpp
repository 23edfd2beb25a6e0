#include <utility>

#include "front/common/checks.h"
#include "front/http/byte_range.h"
#include "front/http/content_digest.h"
#include "front/http/download_headers.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "front/http/node_answers.h"

namespace longshore::http {
namespace {

RangeAnswer range_of(const RequestHead& head, const StoredObject& object) {
  const std::string* range = head.find("range");
  if (range == nullptr || head.method != "GET") return {};  // a HEAD has none (RFC 9110 section 14.2)
  const std::string* condition = head.find("if-range");
  if (condition != nullptr && !if_range_holds(*condition, entity_tag(object))) return {};
  return decide_range(*range, object.size);
}

bool is_unchanged(const RequestHead& head, const StoredObject& object) {
  const std::string* known = head.find("if-none-match");
  return known != nullptr && matches_etag(*known, entity_tag(object));
}

/// What every answer about the object says of it.
Response about(const Content& content, int status) {
  const StoredObject& object = *content.version.result;
  const Attributes& attributes = content.version.attributes;
  Response response{.status = status};
  const auto add = [&response](std::string name, std::string value) {
    response.fields.push_back({std::move(name), std::move(value)});
  };
  add("ETag", entity_tag(object));
  add("Accept-Ranges", "bytes");
  add("Cache-Control", attributes.cache_control.empty() ? "no-cache" : attributes.cache_control);
  if (status == 304) return response;
  add("Content-Type", content_type(attributes));
  add("Content-Disposition", content_disposition(attributes));
  add("X-Content-Type-Options", "nosniff");
  add("Content-Security-Policy", "sandbox; default-src 'none'");
  const std::string digest = format_digest(object.crc32c, object.sha256_base64);
  if (!digest.empty()) add("Repr-Digest", digest);  // of the whole, also where a range is sent (RFC 9530)
  return response;
}

}  // namespace

std::string entity_tag(const StoredObject& object) { return '"' + object.etag.str() + '"'; }

Task<void> send_content(Exchange& exchange, NodeId node, UploadId version) {
  const Content content = co_await exchange.coordinator().content(std::move(node), std::move(version));
  const StoredObject& object = *content.version.result;
  if (is_unchanged(exchange.head(), object)) co_return co_await exchange.send(about(content, 304));

  const RangeAnswer answer = range_of(exchange.head(), object);
  if (answer.kind == RangeAnswer::Kind::unsatisfiable) {
    exchange.add_error_field({"Content-Range", "bytes */" + std::to_string(object.size)});
    throw Error{Reason::range_not_satisfiable,
                "the range lies outside of the " + std::to_string(object.size) + " bytes"};
  }
  const bool partial = answer.kind == RangeAnswer::Kind::part;
  const std::int64_t length = partial ? answer.range.last - answer.range.first + 1 : object.size;
  Response response = about(content, partial ? 206 : 200);
  if (partial) {
    response.fields.push_back({"Content-Range", "bytes " + std::to_string(answer.range.first) + "-" +
                                                    std::to_string(answer.range.last) + "/" +
                                                    std::to_string(object.size)});
  }
  if (exchange.is_head()) co_return co_await exchange.begin(std::move(response), length);

  const std::optional<ByteRange> range = partial ? std::optional(answer.range) : std::nullopt;
  const std::unique_ptr<BodySource> bytes = co_await exchange.coordinator().open_content(content, range);
  co_await exchange.begin(std::move(response), length);
  BufferPool& buffers = exchange.context().ports.buffers;
  for (;;) {
    const BufferPool::DownloadTurn turn = co_await buffers.download_turn();
    const ByteView piece = co_await bytes->next();
    if (piece.empty()) co_return;
    co_await exchange.write(piece);
    bytes->release();
  }
}

Task<void> get_content(Exchange& exchange) {
  UploadId version;
  if (const auto asked = exchange.query("version"); asked && !asked->empty()) {
    version = checks::upload_id("version", *asked);
  }
  NodeId node = checks::node_id("node_id", exchange.parameter("node_id"));
  co_await send_content(exchange, std::move(node), std::move(version));
}

}  // namespace longshore::http
