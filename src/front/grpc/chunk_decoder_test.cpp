#include "front/grpc/chunk_decoder.h"

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "domain/error.h"
#include "front/grpc/framed_test.h"

namespace longshore::grpc {
namespace {

constexpr std::int64_t kMost = 10'000;
using Messages = ChunkDecoder::Messages;
constexpr std::uint32_t kUnaryData = v1::UploadChunkRequest::kDataFieldNumber;
constexpr std::uint32_t kStreamData = v1::UploadChunkStreamRequest::kDataFieldNumber;

std::string strip(ChunkDecoder& decoder, std::string wire, std::size_t step) {
  std::string bulk;
  const MutableBytes all = std::as_writable_bytes(std::span(wire));
  for (std::size_t at = 0; at < all.size(); at += step) {
    const MutableBytes piece = all.subspan(at, std::min(step, all.size() - at));
    bulk += as_text(piece.first(decoder.strip(piece)));
  }
  return bulk;
}

Reason reason_of(ChunkDecoder decoder, const std::string& wire) {
  try {
    strip(decoder, wire, wire.size());
    decoder.finish();
  } catch (const Error& error) {
    return error.reason();
  }
  ADD_FAILURE() << "it was taken";
  return Reason::internal;
}

v1::UploadChunkRequest chunk() {
  v1::UploadChunkRequest message;
  message.set_upload_id("0193-node");
  message.set_data(std::string(300, 'd'));
  message.set_chunk_number(300);
  return message;
}

std::string data_message(const std::string& data) {
  v1::UploadChunkStreamRequest message;
  message.set_data(data);
  return framed(message);
}
std::string header_message() {
  v1::UploadChunkStreamRequest message;
  message.mutable_header()->set_upload_id("0193-node");
  message.mutable_header()->set_size(6);
  return framed(message);
}

TEST(ChunkDecoder, OneMessageInPiecesOfAnySize) {
  const std::string wire = framed(chunk());
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    ChunkDecoder decoder(Messages::one, kUnaryData, kMost);
    EXPECT_EQ(strip(decoder, wire, step), std::string(300, 'd'));
    decoder.finish();
    EXPECT_TRUE(decoder.first_is_whole());
    EXPECT_EQ(decoder.first_bytes(), std::ssize(wire) - 5);
    EXPECT_EQ(decoder.bulk_bytes(), 300);
    EXPECT_EQ(decoder.bytes_behind_bulk(), 3);  // a tag, and 300 in two bytes
    v1::UploadChunkRequest fields;
    ASSERT_TRUE(fields.ParseFromString(decoder.fields()));
    EXPECT_EQ(fields.chunk_number(), 300);
  }
}

TEST(ChunkDecoder, KnowsWhatFollowsAsSoonAsTheBytesBegin) {
  ChunkDecoder decoder(Messages::one, kUnaryData, kMost);
  const std::string wire = framed(chunk());
  EXPECT_FALSE(decoder.first_bytes());
  strip(decoder, wire.substr(0, wire.find("ddd") + 1), 1000);
  EXPECT_EQ(decoder.bulk_bytes(), 300);
  EXPECT_EQ(decoder.bytes_behind_bulk(), 3);
  EXPECT_FALSE(decoder.first_is_whole());
}

TEST(ChunkDecoder, ManyMessagesInPiecesOfAnySize) {
  const std::string wire = header_message() + data_message("abc") + framed("") + data_message("def");
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    ChunkDecoder decoder(Messages::many, kStreamData, kMost);
    EXPECT_EQ(strip(decoder, wire, step), "abcdef");
    decoder.finish();
    v1::UploadChunkStreamRequest first;
    ASSERT_TRUE(first.ParseFromString(decoder.fields()));
    EXPECT_EQ(first.header().size(), 6);
    EXPECT_EQ(decoder.bulk_bytes(), std::nullopt);
  }
}

TEST(ChunkDecoder, RefusesWhatContradicts) {
  const ChunkDecoder one(Messages::one, kUnaryData, kMost);
  const ChunkDecoder many(Messages::many, kStreamData, kMost);
  EXPECT_EQ(reason_of(one, framed(chunk()) + "x"), Reason::invalid_request);
  EXPECT_EQ(reason_of(many, header_message() + header_message()), Reason::invalid_request);
  EXPECT_EQ(reason_of(one, framed(chunk()).substr(0, 100)), Reason::body_cut_off);
  EXPECT_EQ(reason_of(one, ""), Reason::body_cut_off);
  EXPECT_EQ(reason_of(many, header_message() + data_message("abc").substr(0, 3)), Reason::body_cut_off);
  EXPECT_EQ(reason_of(one, std::string("\x01\x00\x00\x00\x01x", 6)), Reason::method_not_allowed);
  EXPECT_EQ(reason_of(one, std::string("\x02\x00\x00\x00\x01x", 6)), Reason::invalid_request);
  EXPECT_EQ(reason_of(one, framed(std::string("\x1a\x05"
                                              "ab"))),
            Reason::invalid_request);  // bytes longer than their message
}

TEST(ChunkDecoder, BoundsTheFirstMessage) {
  const ChunkDecoder one(Messages::one, kUnaryData, kMost);
  EXPECT_EQ(reason_of(one, std::string("\0\xff\xff\xff\xff", 5)), Reason::payload_too_large);
  ChunkDecoder many(Messages::many, kStreamData, kMost);
  EXPECT_EQ(strip(many, header_message() + data_message(std::string(2 * kMost, 'x')), 1000).size(),
            2U * kMost);
}

TEST(ChunkDecoder, LengthsAreOfFourBytes) {
  constexpr std::array prefix{std::byte{0}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF},
                              std::byte{0xFE}};
  EXPECT_EQ(message_length(prefix), 0xFFFFFFFEU);
}

}  // namespace
}  // namespace longshore::grpc
