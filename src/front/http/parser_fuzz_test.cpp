#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "longshore/v1/longshore.pb.h"
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "domain/error.h"
#include "front/http/byte_range.h"
#include "front/http/content_digest.h"
#include "front/http/framing.h"
#include "front/http/head_scanner.h"
#include "front/http/request_head.h"
#include "front/http/target.h"
#include "net/chunk_framing.h"
#include "wire/json.h"

// Good inputs, broken at random: no parser crashes, reads beyond its input or throws anything but Error, and
// what it says does not depend on the pieces in which the bytes arrive. Each run is the same.
namespace longshore::http {
namespace {

constexpr int kRounds = 20'000;

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> good) : good_(std::move(good)) {}

  std::string next() {
    std::string text = good_[below(good_.size())];
    for (std::size_t i = below(4); i > 0; --i) mutate(text);
    return text;
  }
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  void mutate(std::string& text) {
    using namespace std::string_view_literals;  // counts the NUL
    static constexpr std::string_view kTelling = "\r\n\t :;,=%/?&#\"\\0123456789abcxf{}[]\0\x7f\xff-+."sv;
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text.insert(at, 1, kTelling[below(kTelling.size())]);
        return;
      case 1:
        text.erase(at, below(4));
        return;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), below(20)));
        return;
      case 3:
        text.resize(at);
        return;
      default:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }

  std::mt19937_64 random_{20261123};
  std::vector<std::string> good_;
};

/// What a header is taken for: its framing, or why not.
std::string head_verdict(const std::string& input, std::size_t step) {
  try {
    HeadScanner scanner;
    std::size_t size = 0;
    for (std::size_t seen = 0; size == 0 && seen < input.size();) {
      seen = std::min(seen + step, input.size());
      size = scanner.scan(std::string_view(input).substr(0, seen));
    }
    if (size == 0) return "more";
    const RequestHead head = parse_head(std::string_view(input).substr(0, size));
    const Framing framing = check_framing(head);
    const Target target = parse_target(head.target, framing.host);
    EXPECT_LE(framing.length > 0, framing.body == BodyKind::length);
    EXPECT_FALSE(target.segments.empty());
    return head.method + " " + target.path + " " + std::to_string(static_cast<int>(framing.body)) + " " +
           std::to_string(framing.length) + " " + std::to_string(size);
  } catch (const Error& error) {
    return std::string(to_string(error.reason()));
  }
}

TEST(ParserFuzz, Heads) {
  Mutator mutator({
      "GET /v1/uploads?state=OPEN&page_size=10 HTTP/1.1\r\nHost: h:7070\r\nAccept: */*\r\n\r\n",
      "PUT /v1/objects/c/a%20b?path=x%2Fy HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 10\r\nExpect: "
      "100-continue\r\n\r\n",
      "POST /v1/uploads HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: a, close\r\n\r\n",
      "HEAD http://h/x HTTP/1.0\r\nHost: h\r\n\r\n",
  });
  for (int i = 0; i < kRounds; ++i) {
    const std::string input = mutator.next();
    const std::string whole = head_verdict(input, input.size() + 1);
    EXPECT_EQ(head_verdict(input, 1 + mutator.below(10)), whole) << input;
  }
}

/// Data, bytes used and the end of a chunked body, or why not.
std::string chunk_verdict(const std::string& input, std::size_t step) {
  ChunkFraming framing;
  std::string data;
  std::size_t used = 0;
  try {
    for (std::size_t end = 0; !framing.done() && used < input.size();) {
      if (used == end) end = std::min(end + step, input.size());
      const std::string_view piece = std::string_view(input).substr(used, end - used);
      if (framing.data_left() == 0) {
        used += framing.take(piece);
        continue;
      }
      const std::size_t bytes = std::min(piece.size(), static_cast<std::size_t>(framing.data_left()));
      data += piece.substr(0, bytes);
      framing.data_moved(static_cast<std::int64_t>(bytes));
      used += bytes;
    }
  } catch (const ChunkFault& fault) {
    return data + "|" + fault.what();
  }
  return data + "|" + std::to_string(used) + (framing.done() ? "|done" : "|more");
}

TEST(ParserFuzz, Chunks) {
  Mutator mutator({
      "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
      "00A;name=\"value\"\r\n0123456789\r\n1\r\nx\r\n0\r\nTrailer: value\r\nOther: \r\n\r\n",
      "ffffffff\r\nhello",
  });
  for (int i = 0; i < kRounds; ++i) {
    const std::string input = mutator.next();
    const std::string whole = chunk_verdict(input, input.size() + 1);
    EXPECT_EQ(chunk_verdict(input, 1 + mutator.below(10)), whole) << input;
  }
}

TEST(ParserFuzz, FieldValues) {
  Mutator mutator({
      "bytes=0-99",
      "bytes=-5,7-",
      "crc32c=:mnG7TA==:, sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:",
      "W/\"a\", \"b\" , *",
  });
  for (int i = 0; i < kRounds; ++i) {
    const std::string value = mutator.next();
    const RangeAnswer range = decide_range(value, 100);
    if (range.kind == RangeAnswer::Kind::part) {
      EXPECT_LE(range.range.first, range.range.last) << value;
      EXPECT_LT(range.range.last, 100) << value;
    }
    matches_etag(value, "\"b\"");
    try {
      parse_content_digest(value);
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::invalid_request);
    }
  }
}

TEST(ParserFuzz, JsonThatIsTakenSaysTheSameWhenItIsWrittenAgain) {
  Mutator mutator({
      R"({"connectorId":"c","name":"n\u00e4","expectedSize":"12","metadata":{"a":"b","c":"d"},"byName":true})",
      R"({"connector_id":"c","chunk_size":5,"encryption":{"type":"SSE_S3"},"payload":"aGVsbG8=","tags":{}})",
  });
  int taken = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = mutator.next();
    v1::InitiateUploadRequest message;
    if (read_json(text, message)) continue;
    ++taken;
    v1::InitiateUploadRequest again;
    EXPECT_FALSE(read_json(write_json(message), again)) << text;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(again, message)) << text;
  }
  EXPECT_GT(taken, kRounds / 10);
}

}  // namespace
}  // namespace longshore::http
