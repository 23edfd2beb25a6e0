#include <charconv>
#include <utility>

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/http/content_digest.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"

namespace longshore::http {
namespace {

/// Decimal, without sign or leading zeros: one spelling a number.
ChunkIndex chunk_in_path(const std::string& text) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || (text.size() > 1 && text.front() == '0')) {
    throw invalid_field("chunk_number", "the chunk number in the path must be a decimal number from 0");
  }
  if (error == std::errc::result_out_of_range) number = std::numeric_limits<std::int64_t>::max();
  return checks::chunk_number("chunk_number", number);
}

}  // namespace

Task<void> put_part(Exchange& exchange) {
  PutPartRequest request;
  request.ref = to_upload_ref("", exchange.parameter("upload_id"));
  request.chunk = chunk_in_path(exchange.parameter("chunk_number"));
  request.last = exchange.query_flag("last");
  if (!exchange.has_content_length()) {
    throw Error{Reason::length_required,
                "a chunk needs a Content-Length; PUT /v1/objects takes bodies of unknown length"};
  }
  request.size = exchange.body().length().value_or(0);
  if (const std::string* field = exchange.head().find("content-digest")) {
    const ContentDigest digest = parse_content_digest(*field);
    request.crc32c = digest.crc32c;
    request.sha256 = digest.sha256;
  }
  const PartAnswer answer = co_await exchange.coordinator().put_part(exchange.caller(), std::move(request),
                                                                     exchange.body());
  co_await exchange.send_json(200, to_chunk_response(answer));
}

}  // namespace longshore::http
