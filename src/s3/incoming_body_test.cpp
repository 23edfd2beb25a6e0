#include "s3/incoming_body.h"

#include "s3/fixture_test.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3 {
namespace {

class S3IncomingBody : public S3Fixture {
 protected:
  /// Of an object's bytes 100 to 108.
  Task<std::string> read() {
    const Call call = get_call(ObjectKey("k"), "", ByteRange{100, 108});
    Reply reply = co_await client_.open(call, HttpPace::slow);
    IncomingBody body(client_, std::move(reply), {.key = ObjectKey("k"), .version_id = "", .first = 100}, 9);
    EXPECT_EQ(body.length(), 9);
    std::string text = co_await fakes::read_all(body);
    const ByteView after = co_await body.next();
    EXPECT_TRUE(after.empty());
    EXPECT_FALSE(body.rewind());
    co_return text;
  }
  /// `text`, and then the connection ends, before the answer does if `announced` says so.
  void answer_range(const std::string& range, const std::string& text, std::size_t announced,
                    const std::string& etag = "\"e\"") {
    answer("HTTP/1.1 206 X\r\nETag: " + etag + "\r\nContent-Range: bytes " + range +
           "/1000\r\nContent-Length: " + std::to_string(announced) + "\r\nConnection: close\r\n\r\n" + text);
  }

  Client client_{place(), options(), tools()};
};

TEST_F(S3IncomingBody, GivesTheBytes) {
  answer(200, "", "123456789");
  EXPECT_EQ(await(read()), "123456789");
}

TEST_F(S3IncomingBody, OneThatBreaksOffGoesOnWhereItWas) {
  answer_range("100-108", "1234", 9);
  answer_range("104-108", "56", 5);
  answer_range("106-108", "789", 3);
  EXPECT_EQ(await(read()), "123456789");
  ASSERT_EQ(seen().size(), 3U);
  EXPECT_EQ(seen()[1].field("range"), "bytes=104-108");
  EXPECT_EQ(seen()[2].field("range"), "bytes=106-108");
  EXPECT_EQ(seen()[2].field("if-match"), "\"e\"");
}

TEST_F(S3IncomingBody, NotForEver) {
  answer_range("100-108", "1", 9);
  for (int n = 1; n <= IncomingBody::kResumesMax; ++n)
    answer_range(std::to_string(100 + n) + "-108", "x", static_cast<std::size_t>(9 - n));
  EXPECT_EQ(error_of(read())->reason(), Reason::store_unavailable);
  EXPECT_EQ(seen().size(), 1U + IncomingBody::kResumesMax);
}

TEST_F(S3IncomingBody, TwoObjectsAreNeverMixed) {
  answer_range("100-108", "1234", 9);
  answer_error(412, "PreconditionFailed");
  EXPECT_EQ(error_of(read())->details().store_code, "PreconditionFailed");
  answer_range("100-108", "1234", 9);
  answer_range("104-108", "56789", 5, "\"other\"");  // the store passes over If-Match
  EXPECT_EQ(error_of(read())->reason(), Reason::store_unavailable);
  answer_range("100-108", "1234", 9);
  answer_range("103-108", "456789", 6);
  EXPECT_EQ(error_of(read())->reason(), Reason::store_unavailable);
  EXPECT_EQ(seen().size(), 6U);
}

TEST_F(S3IncomingBody, WithoutAnETagItIsNoEnd) {
  answer("HTTP/1.1 200 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\n1234");
  const auto error = error_of(read());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
  EXPECT_EQ(seen().size(), 1U);
}

}  // namespace
}  // namespace longshore::s3
