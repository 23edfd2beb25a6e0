#include "front/grpc/message_splitter.h"

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

constexpr std::uint32_t kData = v1::UploadChunkRequest::kDataFieldNumber;

struct Split {
  std::string bulk;
  std::string rest;
  std::optional<std::int64_t> bulk_bytes;
  std::int64_t bulk_at = 0;
};

/// In pieces of `step` bytes.
Split split(std::string wire, std::size_t step) {
  MessageSplitter splitter(kData);
  Split result;
  const MutableBytes all = std::as_writable_bytes(std::span(wire));
  for (std::size_t at = 0; at < all.size(); at += step) {
    const MutableBytes piece = all.subspan(at, std::min(step, all.size() - at));
    result.bulk += as_text(piece.first(splitter.strip(piece)));
  }
  splitter.finish();
  result.rest = splitter.rest();
  result.bulk_bytes = splitter.bulk_bytes();
  result.bulk_at = splitter.bulk_at();
  return result;
}

v1::UploadChunkRequest chunk() {
  v1::UploadChunkRequest message;
  message.set_node_id("0193-node");
  message.set_upload_id("0193-node.2");
  message.set_data(std::string(300, 'd'));
  message.set_chunk_number(4711);
  message.set_is_last(true);
  message.set_crc32c("AAAAAA==");
  return message;
}

TEST(MessageSplitter, ParsesTheSameInPiecesOfAnySize) {
  const v1::UploadChunkRequest whole = chunk();
  const std::string wire = whole.SerializeAsString();
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    const Split parts = split(wire, step);
    v1::UploadChunkRequest parsed;
    ASSERT_TRUE(parsed.ParseFromString(parts.rest)) << step;
    EXPECT_TRUE(parsed.data().empty());
    parsed.set_data(parts.bulk);
    EXPECT_EQ(parsed.SerializeAsString(), wire) << step;
    EXPECT_EQ(parts.bulk_bytes, 300);
    EXPECT_EQ(static_cast<std::size_t>(parts.bulk_at), wire.find("ddd"));
  }
}

TEST(MessageSplitter, NoBulkAndAnEmptyOne) {
  v1::UploadChunkRequest message;
  message.set_chunk_number(1);
  EXPECT_EQ(split(message.SerializeAsString(), 1).bulk_bytes, std::nullopt);
  EXPECT_EQ(split("", 1).bulk_bytes, std::nullopt);
  EXPECT_EQ(split(std::string("\x1a\x00", 2), 1).bulk_bytes, 0);
}

TEST(MessageSplitter, KeepsFieldsItDoesNotKnow) {
  const std::string fixed64("\x79\x01\x02\x03\x04\x05\x06\x07\x08", 9);  // field 15
  const std::string fixed32("\x7d\x01\x02\x03\x04", 5);
  const Split parts = split(fixed64 + "\x1a\x02hi" + fixed32, 1);
  EXPECT_EQ(parts.bulk, "hi");
  EXPECT_EQ(parts.rest, fixed64 + fixed32);
}

TEST(MessageSplitter, RefusesWhatIsNoMessage) {
  const std::string twice = "\x1a\x01x\x1a\x01y";
  const std::string as_number("\x18\x01", 2);
  const std::string group = "\x0b";
  const std::string field_zero("\x02\x00", 2);
  const std::string endless(11, '\xff');
  const std::string cut =
      "\x0a\x05"
      "abc";
  const std::string cut_tag = "\x80";
  const std::string huge = "\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  for (const std::string& wire : {twice, as_number, group, field_zero, endless, cut, cut_tag, huge}) {
    EXPECT_THROW(split(wire, 1), Error);
    EXPECT_THROW(split(wire, wire.size()), Error);
  }
}

TEST(MessageSplitter, BoundsWhatItKeeps) {
  v1::UploadChunkRequest message;
  message.set_node_id(std::string(MessageSplitter::kRestBytesMax, 'x'));
  EXPECT_THROW(split(message.SerializeAsString(), 100), Error);
}

}  // namespace
}  // namespace longshore::grpc
