#include "front/common/request_identity.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(RequestIdentity, IsTheClientsWhereThatIsOne) {
  SystemRandom random;
  EXPECT_EQ(request_id_of({{"a", "b"}, {"x-request-id", "my-id"}}, random), "my-id");
  EXPECT_EQ(request_id_of({}, random).size(), 32U);
  EXPECT_EQ(request_id_of({{"x-request-id", "no id\n"}}, random).size(), 32U);
}

TEST(RequestIdentity, NamesTheTraceOfTheClient) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  EXPECT_EQ(trace_id_of({{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}}), trace);
  EXPECT_EQ(trace_id_of({{"traceparent", "00-forged"}}), "-");
  EXPECT_EQ(trace_id_of({}), "-");
}

}  // namespace
}  // namespace longshore
