#include "s3/incoming_body.h"

#include "s3/fixture_test.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3 {
namespace {

class S3IncomingBody : public S3Fixture {
 protected:
  Task<std::string> read() {
    const Call call = get_call(ObjectKey("k"), "", std::nullopt);
    Reply reply = co_await client_.open(call);
    IncomingBody body(std::move(reply), 9);
    EXPECT_EQ(body.length(), 9);
    std::string text = co_await fakes::read_all(body);
    const ByteView after = co_await body.next();
    EXPECT_TRUE(after.empty());
    EXPECT_FALSE(body.rewind());
    co_return text;
  }

  Client client_{place(), options(), tools()};
};

TEST_F(S3IncomingBody, GivesTheBytes) {
  answer(200, "", "123456789");
  EXPECT_EQ(await(read()), "123456789");
}

TEST_F(S3IncomingBody, OneThatBreaksOffIsNoEnd) {
  answer("HTTP/1.1 200 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\n1234");
  answer("");
  const auto error = error_of(read());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::store_unavailable);
}

}  // namespace
}  // namespace longshore::s3
