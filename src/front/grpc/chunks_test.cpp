#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "base/hash.h"
#include "front/grpc/grpc_fixture_test.h"

namespace longshore::grpc {
namespace {

constexpr std::size_t kMuch = 3 * MiB;  // several buffers, many frames

/// Bytes that differ from place to place.
std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
  return text;
}

class GrpcChunks : public testing::Test {
 protected:
  v1::UploadChunkRequest chunk(const std::string& data, std::int64_t number = 0) {
    v1::UploadChunkRequest request;
    request.set_upload_id(upload);
    request.set_chunk_number(number);
    request.set_data(data);
    return request;
  }
  std::string header(std::int64_t size, std::int64_t number = 0) {
    v1::UploadChunkStreamRequest message;
    message.mutable_header()->set_upload_id(upload);
    message.mutable_header()->set_chunk_number(number);
    message.mutable_header()->set_size(size);
    return framed(message);
  }
  static std::string data(const std::string& bytes) {
    v1::UploadChunkStreamRequest message;
    message.set_data(bytes);
    return framed(message);
  }
  static Fields named(std::int64_t number) { return {{"longshore-chunk-number", std::to_string(number)}}; }

  /// The upload has just this, and no memory is in use.
  void expect_stored(const std::string& bytes) {
    v1::GetUploadStatusRequest request;
    request.set_upload_id(upload);
    const auto status = client.call("GetUploadStatus", request).message<v1::UploadStatus>();
    EXPECT_EQ(status.chunks_received(), bytes.empty() ? 0 : 1);
    EXPECT_EQ(status.bytes_uploaded(), std::ssize(bytes));
    EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
    EXPECT_TRUE(server.becomes([&] { return server.client_limits.small_memory()->total() == 0; }));
    EXPECT_TRUE(server.becomes([&] { return server.client_limits.reserved()->total() == 0; }));
  }
  static std::string crc_of(const std::string& bytes) {
    Crc32c crc;
    crc.update(as_bytes(bytes));
    return crc32c_to_base64(crc.value());
  }

  GrpcServer server;
  GrpcClient client{server.port()};
  std::string upload = client.open_upload();
};

TEST_F(GrpcChunks, Held) {
  const std::string bytes = pattern(kMuch);
  const CallAnswer answer = client.call("UploadChunk", chunk(bytes));
  ASSERT_EQ(answer.code, 0) << answer.text;
  EXPECT_EQ(answer.message<v1::UploadChunkResponse>().crc32c(), crc_of(bytes));
  expect_stored(bytes);
}

TEST_F(GrpcChunks, Relayed) {
  const std::string bytes = pattern(kMuch);
  v1::UploadChunkRequest request = chunk(bytes, 3);
  request.set_crc32c(crc_of(bytes));
  const CallAnswer answer = client.call("UploadChunk", request, named(3));
  ASSERT_EQ(answer.code, 0) << answer.text;
  EXPECT_EQ(answer.message<v1::UploadChunkResponse>().crc32c(), crc_of(bytes));
  expect_stored(bytes);
}

TEST_F(GrpcChunks, TheLastOneRelayed) {
  v1::UploadChunkRequest request = chunk(pattern(kMuch));
  request.set_is_last(true);
  const CallAnswer answer = client.call("UploadChunk", request, named(0));
  ASSERT_EQ(answer.code, 0) << answer.text;
  EXPECT_TRUE(answer.message<v1::UploadChunkResponse>().is_file_complete());
}

TEST_F(GrpcChunks, ARelayNeedsLittleMemory) {
  const std::string bytes = pattern(8 * MiB);
  const StreamId stream = client.begin("UploadChunk", named(0));
  const std::string wire = framed(chunk(bytes));
  std::int64_t most = 0;
  for (std::size_t at = 0; at < wire.size(); at += 256 * 1024) {
    client.send(stream, wire.substr(at, 256 * 1024));
    client.until([&] { return client.http2.waiting(stream) == 0; });
    most = std::max(most, server.body_bytes());
  }
  client.send(stream, "", true);
  EXPECT_EQ(client.finish(stream).code, 0);
  EXPECT_LE(most, 3 * static_cast<std::int64_t>(BufferPool::kBufferBytes));  // two, and the connection's own
  expect_stored(bytes);
}

TEST_F(GrpcChunks, NoBufferIsHeldWhileTheEndIsAwaited) {
  const std::string bytes = pattern(kMuch);
  const std::string wires[] = {framed(chunk(bytes, 0)), header(std::ssize(bytes), 0) + data(bytes)};
  for (const std::string& wire : wires) {
    const bool is_stream = &wire == &wires[1];
    const StreamId stream = client.begin(is_stream ? "UploadChunkStream" : "UploadChunk",
                                         is_stream ? Fields{} : named(0));
    client.send(stream, wire);  // all of it, but not that it is all
    EXPECT_TRUE(client.until([&] { return client.http2.waiting(stream) == 0; }));
    EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
    EXPECT_FALSE(client.http2.answer(stream).closed);
    client.send(stream, "", true);
    EXPECT_EQ(client.finish(stream).code, 0);
  }
  expect_stored(bytes);
}

TEST_F(GrpcChunks, OneByte) {
  EXPECT_EQ(client.call("UploadChunkStream", header(1) + data("x")).code, 0);
  expect_stored("x");
}

TEST_F(GrpcChunks, Small) {
  for (const Fields& metadata : {Fields{}, named(0)}) {
    EXPECT_EQ(client.call("UploadChunk", chunk("hello"), metadata).code, 0);
  }
  expect_stored("hello");
}

TEST_F(GrpcChunks, Streamed) {
  const std::string bytes = pattern(kMuch);
  const CallAnswer answer = client.call(
      "UploadChunkStream",
      header(std::ssize(bytes)) + data(bytes.substr(0, 100)) + data("") + data(bytes.substr(100)));
  ASSERT_EQ(answer.code, 0) << answer.text;
  expect_stored(bytes);
}

TEST_F(GrpcChunks, StreamedInSmallMessages) {
  const std::string bytes = pattern(200'000);
  std::string wire = header(std::ssize(bytes));
  for (std::size_t at = 0; at < bytes.size(); at += 1000) wire += data(bytes.substr(at, 1000));
  const CallAnswer answer = client.call("UploadChunkStream", wire);
  ASSERT_EQ(answer.code, 0) << answer.text;
  expect_stored(bytes);
}

TEST_F(GrpcChunks, MoreMessagesAtOnceThanThereIsMemoryFor) {
  const std::string bytes = pattern(7 * MiB);
  std::vector<StreamId> streams;
  for (std::int64_t number = 0; number < 10; ++number) {
    streams.push_back(client.begin("UploadChunk"));
    client.send(streams.back(), framed(chunk(bytes, number)), true);
  }
  for (const StreamId stream : streams) {
    const CallAnswer answer = client.finish(stream);
    EXPECT_EQ(answer.code, 0) << answer.text;
  }
  EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
}

TEST_F(GrpcChunks, WhoIsGoneWaitsForNoMemory) {
  const StreamId held = client.begin("UploadChunk");
  client.send(held, framed(chunk(pattern(4 * MiB), 0)).substr(0, 100'000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.reserved()->total() > 0; }));
  const StreamId waiting = client.begin("UploadChunk");
  client.send(waiting, framed(chunk(pattern(4 * MiB), 1)));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 2; }));
  client.cancel(waiting);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 1; }));
  client.cancel(held);
  expect_stored("");
}

TEST_F(GrpcChunks, RelaysGoOnWhileMessagesWaitForMemory) {
  std::vector<StreamId> waiting;  // who send nothing more of what they announced
  for (std::int64_t number = 1; number < 5; ++number) {
    waiting.push_back(client.begin("UploadChunk"));
    client.send(waiting.back(), framed(chunk(pattern(8 * MiB - 100), number)).substr(0, 100'000));
  }
  const std::string bytes = pattern(kMuch);
  EXPECT_EQ(client.call("UploadChunk", chunk(bytes), named(0)).code, 0);
  for (const StreamId stream : waiting) client.cancel(stream);
  expect_stored(bytes);
}

// ---- what goes wrong

TEST_F(GrpcChunks, ShorterThanItsPrefix) {
  const std::string wire = framed(chunk(pattern(100'000)));
  for (const Fields& metadata : {Fields{}, named(0)}) {
    const CallAnswer answer = client.call("UploadChunk", wire.substr(0, 90'000), metadata);
    EXPECT_EQ(answer.code, 10);
    EXPECT_EQ(answer.reason, "BODY_CUT_OFF");
  }
  expect_stored("");
}

TEST_F(GrpcChunks, LongerThanItsPrefix) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{100'000}}) {
    for (const Fields& metadata : {Fields{}, named(0)}) {
      const CallAnswer answer = client.call("UploadChunk", framed(chunk(pattern(size))) + "more", metadata);
      EXPECT_EQ(answer.code, 3) << size;
      EXPECT_EQ(answer.reason, "INVALID_REQUEST");
    }
  }
  expect_stored("");
}

TEST_F(GrpcChunks, AnotherNumberThanItsMetadata) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{100'000}}) {
    for (const std::int64_t number : {0, 2}) {
      CallAnswer answer = client.call("UploadChunk", chunk(pattern(size), number), named(1));
      EXPECT_EQ(answer.code, 3);
      EXPECT_EQ(answer.metadata["field"], "chunk_number");
    }
  }
  EXPECT_EQ(client.call("UploadChunk", chunk("x"), {{"longshore-chunk-number", "x"}}).code, 3);
  expect_stored("");
}

TEST_F(GrpcChunks, WrongDigest) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{100'000}}) {
    for (const Fields& metadata : {Fields{}, named(0)}) {
      v1::UploadChunkRequest request = chunk(pattern(size));
      request.set_crc32c("AAAAAA==");
      EXPECT_EQ(client.call("UploadChunk", request, metadata).reason, "DIGEST_MISMATCH");
    }
  }
  expect_stored("");
}

TEST_F(GrpcChunks, PrefixOfFourGigabytes) {
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, std::string("\0\xff\xff\xff\xff", 5) + std::string(100'000, 'x'));
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 8);
  EXPECT_NE(answer.text.find("UploadChunkStream"), std::string::npos);
  expect_stored("");
}

TEST_F(GrpcChunks, AboveHalfOfTheMemory) {
  const std::string prefix{'\0', '\x01', '\x10', '\0', '\0'};  // 17 MiB of 32
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, prefix);
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 8);
  EXPECT_EQ(answer.reason, "PAYLOAD_TOO_LARGE");
  EXPECT_NE(answer.text.find("UploadChunkStream"), std::string::npos);
}

TEST_F(GrpcChunks, Compressed) {
  const CallAnswer flag = client.call("UploadChunk", std::string("\x01\0\0\0\x05hello", 10));
  EXPECT_EQ(flag.code, 12);
  EXPECT_NE(flag.text.find("identity"), std::string::npos);
  const CallAnswer encoding = client.call("UploadChunk", chunk("hello"), {{"grpc-encoding", "gzip"}});
  EXPECT_EQ(encoding.code, 12);
  EXPECT_NE(encoding.text.find("identity"), std::string::npos);
  EXPECT_EQ(client.call("UploadChunk", std::string("\x07\0\0\0\x01x", 6)).code, 3);
}

TEST_F(GrpcChunks, NoProtobuf) {
  EXPECT_EQ(client.call("UploadChunk", framed(std::string(1000, '\xff'))).reason, "INVALID_REQUEST");
  EXPECT_EQ(client.call("UploadChunk", framed(std::string("\x0a\x01\xff"))).reason,
            "INVALID_REQUEST");  // no UTF-8
  EXPECT_EQ(client.call("UploadChunk", "").reason, "BODY_CUT_OFF");
}

TEST_F(GrpcChunks, StreamsThatContradictThemselves) {
  const auto answer_to = [&](const std::string& wire) {
    return client.call("UploadChunkStream", wire).reason;
  };
  EXPECT_EQ(answer_to(data(pattern(100'000))), "INVALID_REQUEST");
  EXPECT_EQ(answer_to(header(6) + header(6) + data("abcdef")), "INVALID_REQUEST");
  EXPECT_EQ(answer_to(header(6) + data("abc")), "BODY_CUT_OFF");
  EXPECT_EQ(answer_to(header(6) + data("abcdefg")), "INVALID_REQUEST");
  EXPECT_EQ(answer_to(header(6) + data("abcdef") + data("g")), "INVALID_REQUEST");
  EXPECT_EQ(answer_to(header(6) + data("abcdef").substr(0, 8)), "BODY_CUT_OFF");
  EXPECT_EQ(answer_to(header(100'000'000)), "OUT_OF_LIMITS");
  EXPECT_EQ(answer_to(""), "BODY_CUT_OFF");
  expect_stored("");
  EXPECT_EQ(client.call("UploadChunkStream", header(6) + data("abcdef") + framed("")).code, 0);
  expect_stored("abcdef");
}

TEST_F(GrpcChunks, AClientThatGoesAwayLeavesNothing) {
  const std::string wire = framed(chunk(pattern(kMuch)));
  for (const Fields& metadata : {Fields{}, named(0)}) {
    GrpcClient leaving(server.port());
    const StreamId stream = leaving.begin("UploadChunk", metadata);
    leaving.send(stream, wire.substr(0, 2 * MiB));
    EXPECT_TRUE(leaving.until([&] { return leaving.http2.waiting(stream) == 0; }));
  }
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  const StreamId stream = client.begin("UploadChunk", named(0));
  client.send(stream, wire.substr(0, 2 * MiB));
  EXPECT_TRUE(client.until([&] { return client.http2.waiting(stream) == 0; }));
  client.cancel(stream);
  expect_stored("");
}

}  // namespace
}  // namespace longshore::grpc
