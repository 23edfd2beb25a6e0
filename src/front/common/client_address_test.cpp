#include "front/common/client_address.h"

#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using boost::asio::ip::make_address;

struct Sent {
  std::string name;
  std::string peer;
  std::string proxy;  // that is trusted
  std::vector<std::string> forwarded_for;
  std::string client;
};

std::ostream& operator<<(std::ostream& out, const Sent& row) { return out << row.name; }

class ClientAddress : public ::testing::TestWithParam<Sent> {};

TEST_P(ClientAddress, IsThePeerOrWhatATrustedProxySays) {
  Fields fields;
  for (const std::string& value : GetParam().forwarded_for) fields.push_back({"x-forwarded-for", value});
  EXPECT_EQ(client_address(make_address(GetParam().peer), fields, {make_address(GetParam().proxy)}),
            make_address(GetParam().client));
}

const Sent kRows[] = {
    {"Direct", "192.0.2.7", "10.0.0.1", {}, "192.0.2.7"},
    {"DirectAndLying", "192.0.2.7", "10.0.0.1", {"198.51.100.1"}, "192.0.2.7"},
    {"Proxied", "10.0.0.1", "10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"LastOfAList", "10.0.0.1", "10.0.0.1", {"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
    {"LastOfTwoFields", "10.0.0.1", "10.0.0.1", {"203.0.113.9", "198.51.100.1"}, "198.51.100.1"},
    {"ProxyOnASocketOfBothKinds", "::ffff:10.0.0.1", "10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"ProxyConfiguredMapped", "10.0.0.1", "::ffff:10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"PeerMapped", "::ffff:192.0.2.7", "10.0.0.1", {}, "192.0.2.7"},
    {"ClientMapped", "10.0.0.1", "10.0.0.1", {"::ffff:198.51.100.1"}, "198.51.100.1"},
    {"Nothing", "10.0.0.1", "10.0.0.1", {}, "10.0.0.1"},
    {"NoAddress", "10.0.0.1", "10.0.0.1", {"unknown"}, "10.0.0.1"},
};
INSTANTIATE_TEST_SUITE_P(Rows, ClientAddress, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace longshore
