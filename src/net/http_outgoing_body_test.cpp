#include "net/http_outgoing_body.h"

#include <gtest/gtest.h>

#include "net/http_client_fixture_test.h"

namespace longshore {
namespace {

class HttpOutgoingBodyTest : public HttpClientFixture {
 protected:
  /// What goes over the wire of it.
  std::string all_of(HttpOutgoingBody& body) {
    std::string wire;
    run(send_all(body, wire));
    return wire;
  }

 private:
  static Task<void> send_all(HttpOutgoingBody& body, std::string& wire) {
    while (!body.at_end()) {
      const ByteView piece = co_await body.piece();
      EXPECT_EQ((co_await body.piece()).data(), piece.data()) << "the piece in hand stays";
      wire += body.frame();
      wire += as_text(piece);
      body.piece_sent();
    }
  }
};

TEST_F(HttpOutgoingBodyTest, OfKnownLengthGoesAsItIs) {
  PieceBody source("sixteen bytes...+", 16, true);
  HttpOutgoingBody body(&source);
  EXPECT_EQ(body.framing_field().name, "Content-Length");
  EXPECT_EQ(body.framing_field().value, "17");
  EXPECT_EQ(all_of(body), "sixteen bytes...+");
  EXPECT_EQ(source.pulls, 2);
  EXPECT_TRUE(body.rewind());
  EXPECT_EQ(all_of(body), "sixteen bytes...+");
}

TEST_F(HttpOutgoingBodyTest, OfUnknownLengthGoesInChunks) {
  PieceBody source("sixteen bytes...+", 16, true);
  source.length_known = false;
  HttpOutgoingBody body(&source);
  EXPECT_EQ(body.framing_field().name, "Transfer-Encoding");
  EXPECT_EQ(body.framing_field().value, "chunked");
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(all_of(body), "10\r\nsixteen bytes...\r\n1\r\n+\r\n0\r\n\r\n");
    EXPECT_TRUE(body.rewind());
  }
  EXPECT_EQ(source.pulls, 6) << "the end is asked for once";
}

TEST_F(HttpOutgoingBodyTest, MayBeEmpty) {
  PieceBody source("", 16);
  EXPECT_TRUE(HttpOutgoingBody(&source).at_end());
  EXPECT_TRUE(HttpOutgoingBody(nullptr).at_end());
  EXPECT_EQ(HttpOutgoingBody(nullptr).framing_field().value, "0");
  source.length_known = false;
  HttpOutgoingBody body(&source);
  EXPECT_EQ(all_of(body), "0\r\n\r\n");
}

}  // namespace
}  // namespace longshore
