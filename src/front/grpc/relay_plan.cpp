#include "front/grpc/relay_plan.h"

#include <charconv>
#include <string>

#include "domain/error.h"
#include "front/common/checks.h"

namespace longshore::grpc {
namespace {

constexpr std::string_view kChunkNumber = "longshore-chunk-number";

/// What may follow the bytes, in the order and the form in which every protobuf library writes it.
std::int64_t encoded_bytes(std::int64_t chunk_number, bool is_last, bool has_crc32c) {
  constexpr std::size_t kCrc32cText = 8;  // four bytes in base64
  v1::UploadChunkRequest tail;
  tail.set_chunk_number(chunk_number);
  tail.set_is_last(is_last);
  if (has_crc32c) tail.set_crc32c(std::string(kCrc32cText, 'A'));
  return static_cast<std::int64_t>(tail.ByteSizeLong());
}

Error another_number() {
  return invalid_field(
      "chunk_number",
      "the message does not say the same as its metadata longshore-chunk-number; nothing was stored");
}

}  // namespace

std::optional<std::int64_t> named_chunk(const RequestHead& head) {
  const std::string* text = head.find(kChunkNumber);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (text->empty() || error != std::errc{} || stop != text->data() + text->size())
    throw invalid_field(kChunkNumber, "longshore-chunk-number must be a decimal number from 0");
  return checks::chunk_number(kChunkNumber, number).value();
}

std::optional<v1::UploadChunkRequest> plan_relay(const ChunkDecoder& decoder, std::int64_t chunk_number) {
  v1::UploadChunkRequest known;
  if (!known.ParseFromString(decoder.fields())) return std::nullopt;
  const std::int64_t behind = decoder.bytes_behind_bulk();
  if (behind == 0) {
    if (known.chunk_number() != chunk_number) throw another_number();
    return known;
  }
  const bool has_ids_alone = known.chunk_number() == 0 && !known.is_last() && known.crc32c().empty() &&
                             known.customer_key_b64().empty();
  if (!has_ids_alone) return std::nullopt;
  for (const bool is_last : {false, true}) {
    for (const bool has_crc32c : {false, true}) {
      if (behind != encoded_bytes(chunk_number, is_last, has_crc32c)) continue;
      known.set_chunk_number(chunk_number);
      known.set_is_last(is_last);
      return known;
    }
  }
  return std::nullopt;
}

void check_relayed(const v1::UploadChunkRequest& planned, const v1::UploadChunkRequest& whole,
                   std::uint32_t crc32c) {
  const bool same = planned.node_id() == whole.node_id() && planned.upload_id() == whole.upload_id() &&
                    planned.chunk_number() == whole.chunk_number() && planned.is_last() == whole.is_last() &&
                    whole.customer_key_b64().empty();
  if (!same) throw another_number();
  const auto announced = checks::crc32c("crc32c", whole.crc32c());
  if (announced && *announced != crc32c)
    throw Error{Reason::digest_mismatch,
                "the chunk's bytes do not have its crc32c; nothing was stored",
                {.field = "crc32c"}};
}

}  // namespace longshore::grpc
