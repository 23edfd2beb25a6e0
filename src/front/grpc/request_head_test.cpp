#include "front/grpc/request_head.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

RequestHead good() {
  RequestHead head;
  head.add(":method", "POST");
  head.add(":scheme", "http");
  head.add(":path", "/p.S/M");
  head.add("te", "trailers");
  head.add("content-type", "application/grpc");
  return head;
}

Reason reason_of(const RequestHead& head) {
  try {
    check_head(head);
  } catch (const Error& error) {
    return error.reason();
  }
  ADD_FAILURE() << "it was taken";
  return Reason::internal;
}

TEST(RequestHead, TakesACall) {
  RequestHead head = good();
  head.add("grpc-timeout", "5S");
  head.add("grpc-encoding", "identity");
  EXPECT_NO_THROW(check_head(head));
  EXPECT_EQ(head.path, "/p.S/M");
  EXPECT_EQ(timeout_of(head), Millis{5000});
  EXPECT_EQ(timeout_of(good()), std::nullopt);
  EXPECT_EQ(head.find(":scheme"), nullptr);
  ASSERT_NE(head.find("te"), nullptr);
  EXPECT_EQ(*head.find("te"), "trailers");
}

TEST(RequestHead, TakesTheTypesOfProtobufAlone) {
  for (const char* type : {"application/grpc+proto", "application/grpc; a=b", "application/grpc ;x=y"}) {
    RequestHead head;
    head.add(":method", "POST");
    head.add("content-type", type);
    EXPECT_NO_THROW(check_head(head)) << type;
  }
  for (const char* type :
       {"application/json", "application/grpc+json", "application/grpc-web", "text/html", ""}) {
    RequestHead head;
    head.add(":method", "POST");
    head.add("content-type", type);
    EXPECT_EQ(reason_of(head), Reason::unsupported_media_type) << type;
  }
  RequestHead none;
  none.add(":method", "POST");
  EXPECT_EQ(reason_of(none), Reason::unsupported_media_type);
}

TEST(RequestHead, RefusesOtherMethodsAndEncodings) {
  RequestHead get;
  get.add(":method", "GET");
  EXPECT_EQ(reason_of(get), Reason::method_not_allowed);
  RequestHead gzip = good();
  gzip.add("grpc-encoding", "gzip");
  EXPECT_EQ(reason_of(gzip), Reason::method_not_allowed);
  RequestHead timeout = good();
  timeout.add("grpc-timeout", "soon");
  EXPECT_EQ(reason_of(timeout), Reason::invalid_request);
}

TEST(RequestHead, BoundsMetadata) {
  RequestHead head = good();
  head.add("a", std::string(8192, 'x'));
  EXPECT_EQ(reason_of(head), Reason::header_too_large);

  RequestHead many = good();
  for (int i = 0; i < 100'000; ++i) many.add("x", "");  // the overhead counts
  EXPECT_EQ(reason_of(many), Reason::header_too_large);
  EXPECT_LT(many.metadata.size(), 300U);
}

}  // namespace
}  // namespace longshore::grpc
