#pragma once

#include <cstdint>
#include <optional>

#include "longshore/v1/longshore.pb.h"

#include "front/grpc/chunk_decoder.h"
#include "front/grpc/request_head.h"

/// A unary UploadChunk names its number, and whether it is the last, behind its bytes. To be relayed they
/// must be known before. The number stands in metadata; the rest follows from how long what follows the bytes
/// is. Pure.
namespace longshore::grpc {

/// The number that the metadata `longshore-chunk-number` gives; nullopt: none. Throws Error invalid_request.
std::optional<std::int64_t> named_chunk(const RequestHead& head);

/// The chunk whose bytes begin, as far as it has to be known: ids, number, is_last. nullopt: it cannot be
/// known; the message must be held. The bytes must have begun (ChunkDecoder::bulk_bytes()).
std::optional<v1::UploadChunkRequest> plan_relay(const ChunkDecoder& decoder, std::int64_t chunk_number);

/// Holds the whole message against what was planned, and against what came. Throws Error invalid_request,
/// digest_mismatch.
void check_relayed(const v1::UploadChunkRequest& planned, const v1::UploadChunkRequest& whole,
                   std::uint32_t crc32c);

}  // namespace longshore::grpc
