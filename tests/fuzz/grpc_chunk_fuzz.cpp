#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "longshore/v1/longshore.pb.h"

#include "domain/error.h"
#include "front/grpc/chunk_decoder.h"

using longshore::grpc::ChunkDecoder;

/// The chunk in a request, and what was said of it, its bytes arriving `step` at a time.
static std::string decode(std::string request, std::size_t step, ChunkDecoder decoder) {
  std::string chunk;
  const longshore::MutableBytes all = std::as_writable_bytes(std::span(request));
  try {
    for (std::size_t at = 0; at < all.size(); at += step) {
      const longshore::MutableBytes piece = all.subspan(at, std::min(step, all.size() - at));
      chunk += longshore::as_text(piece.first(decoder.strip(piece)));
    }
    decoder.finish();
  } catch (const longshore::Error& error) {
    return error.message();
  }
  return decoder.fields() + "|" + chunk;
}

/// A request is refused or means one thing, however its bytes arrive; and one message means what protobuf
/// says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMost = 1 << 20;
  const std::string request(data, data + size);
  const ChunkDecoder one(ChunkDecoder::Messages::one, longshore::v1::UploadChunkRequest::kDataFieldNumber,
                         kMost);
  const ChunkDecoder many(ChunkDecoder::Messages::many,
                          longshore::v1::UploadChunkStreamRequest::kDataFieldNumber, kMost);
  for (const ChunkDecoder& decoder : {one, many}) {
    if (decode(request, 1, decoder) != decode(request, size + 1, decoder)) std::abort();
  }
  return 0;
}
