#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "longshore/v1/longshore.pb.h"

#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/grpc/call.h"
#include "front/grpc/chunk_body.h"
#include "front/grpc/chunk_decoder.h"
#include "front/grpc/handlers.h"
#include "front/grpc/relay_plan.h"
#include "front/grpc/unary.h"

namespace longshore::grpc {
namespace {

using Pieces = std::deque<StrippedPiece>;

template <class Message>
Message parse_fields(const ChunkDecoder& decoder) {
  Message message;
  if (!message.ParseFromString(decoder.fields()))
    throw Error{Reason::invalid_request, "the message is not a valid protobuf message of this call"};
  return message;
}

/// Takes what comes until the first message is whole, or known as far as the handler wants to know it.
template <class Known>
Task<void> take_until(Inbox& inbox, ChunkDecoder& decoder, Pieces& taken, Known is_known) {
  while (!decoder.first_is_whole() && !is_known(decoder)) {
    StrippedPiece piece = co_await next_stripped(inbox, decoder);
    if (piece.raw_bytes == 0) decoder.finish();  // throws: it is not whole
    taken.push_back(std::move(piece));
  }
}

Task<void> put(Call& call, PutPartRequest request, BodySource& body) {
  const PartAnswer answer = co_await call.coordinator().put_part(call.caller(), std::move(request), body);
  co_await call.send(to_chunk_response(answer));
}

Task<void> relay(Call& call, ChunkDecoder& decoder, Pieces first, const v1::UploadChunkRequest& planned) {
  const std::int64_t size = decoder.bulk_bytes().value_or(0);
  RelayedChunk body(call.inbox(), decoder, std::move(first), size, [&](std::uint32_t crc32c) {
    check_relayed(planned, parse_fields<v1::UploadChunkRequest>(decoder), crc32c);
  });
  co_await put(call, to_request(planned, size), body);
}

/// The rest of the message, in memory that was reserved for it.
Task<void> hold_rest(Call& call, ChunkDecoder& decoder, Pieces& taken) {
  std::int64_t left = static_cast<std::int64_t>(kPrefixBytes) + *decoder.first_bytes();
  for (const StrippedPiece& piece : taken) left -= static_cast<std::int64_t>(piece.raw_bytes);
  MessageRoom room = co_await room_for(call, left, 1);
  std::vector<Piece> rest = co_await call.inbox().hold(std::move(room), left);
  for (Piece& piece : rest) {
    piece.cut(decoder.strip(piece.bytes()));
    taken.push_back({.piece = std::move(piece)});
  }
}

}  // namespace

Task<void> upload_chunk(Call& call) {
  const auto named = named_chunk(call.head());
  ChunkDecoder decoder(ChunkDecoder::Messages::one, v1::UploadChunkRequest::kDataFieldNumber,
                       call.context().message_bytes_max);
  Pieces taken;
  co_await take_until(call.inbox(), decoder, taken,
                      [](const ChunkDecoder& d) { return d.first_bytes().has_value(); });

  if (named && *decoder.first_bytes() > kSmallMessageBytes) {
    co_await take_until(call.inbox(), decoder, taken,
                        [](const ChunkDecoder& d) { return d.bulk_bytes().has_value(); });
    const auto planned = plan_relay(decoder, *named);
    if (planned && !decoder.first_is_whole())
      co_return co_await relay(call, decoder, std::move(taken), *planned);
  }
  const bool fits_first_window = static_cast<std::int64_t>(kPrefixBytes) + *decoder.first_bytes() <=
                                 Http2Session::kFirstWindowBytes;
  if (fits_first_window) {
    co_await take_until(call.inbox(), decoder, taken, [](const ChunkDecoder&) { return false; });
  } else if (!decoder.first_is_whole()) {
    co_await hold_rest(call, decoder, taken);
  }
  co_await call.inbox().expect_end();
  decoder.finish();

  const auto message = parse_fields<v1::UploadChunkRequest>(decoder);
  if (named && *named != message.chunk_number()) {
    throw invalid_field("chunk_number",
                        "chunk_number is not the number in the metadata longshore-chunk-number");
  }
  std::vector<Piece> pieces;
  for (StrippedPiece& piece : taken) pieces.push_back(std::move(piece.piece));
  HeldChunk body(std::move(pieces));
  co_await put(call, to_request(message, body.length().value_or(0)), body);
}

Task<void> upload_chunk_stream(Call& call) {
  ChunkDecoder decoder(ChunkDecoder::Messages::many, v1::UploadChunkStreamRequest::kDataFieldNumber,
                       std::numeric_limits<std::int64_t>::max());
  Pieces taken;
  co_await take_until(call.inbox(), decoder, taken,
                      [](const ChunkDecoder& d) { return d.bulk_bytes().has_value(); });
  const auto first = parse_fields<v1::UploadChunkStreamRequest>(decoder);
  if (!first.has_header() || decoder.bulk_bytes()) {
    throw invalid_field("header",
                        "the first message of UploadChunkStream is the header, and the bytes follow it");
  }
  PutPartRequest request = to_request(first.header());
  RelayedChunk body(call.inbox(), decoder, std::move(taken), request.size, nullptr);
  co_await put(call, std::move(request), body);
}

}  // namespace longshore::grpc
