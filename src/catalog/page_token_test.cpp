#include "catalog/page_token.h"

#include <limits>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore {
namespace {

bool refuses_upload(const std::string& token) {
  try {
    upload_position(token);
  } catch (const Error& error) {
    return error.reason() == Reason::invalid_request && error.details().field == "page_token";
  }
  return false;
}
bool refuses_operation(const std::string& token) {
  try {
    operation_position(token);
  } catch (const Error& error) {
    return error.reason() == Reason::invalid_request && error.details().field == "page_token";
  }
  return false;
}
bool refuses_node(const std::string& token) {
  try {
    node_position(token);
  } catch (const Error& error) {
    return error.reason() == Reason::invalid_request && error.details().field == "page_token";
  }
  return false;
}

TEST(PageToken, APositionComesBack) {
  for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{-5}, std::numeric_limits<std::int64_t>::max(),
                                std::numeric_limits<std::int64_t>::min()}) {
    const UploadPosition position{from_epoch_ms(ms), UploadId{std::string(64, 'a') + ".999999999"}};
    EXPECT_EQ(upload_position(page_token(position)), position);
  }
  EXPECT_EQ(node_position(page_token(NodeId{"node-1234"})), NodeId{"node-1234"});
  constexpr OperationPosition kFar{std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(operation_position(page_token(kFar)), kFar);
}

TEST(PageToken, IsFitForAQuery) {
  const std::string token = page_token(UploadPosition{from_epoch_ms(1), UploadId{"node-1234.2"}});
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos) << token;
}

TEST(PageToken, EveryChangedCharacterIsNoticed) {
  const std::string token = page_token(
      UploadPosition{from_epoch_ms(1'700'000'000'000), UploadId{"node-1234.2"}});
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == '0' ? '1' : '0';
    EXPECT_TRUE(refuses_upload(damaged)) << i;
    EXPECT_TRUE(refuses_upload(token.substr(0, i))) << i;
  }
  EXPECT_TRUE(refuses_upload(token + "0"));
  EXPECT_TRUE(refuses_upload(token + "00"));
}

TEST(PageToken, OneListRefusesTheOthers) {
  EXPECT_TRUE(refuses_upload(page_token(NodeId{"node-1234"})));
  EXPECT_TRUE(refuses_node(page_token(UploadPosition{from_epoch_ms(1), UploadId{"node-1234"}})));
  EXPECT_TRUE(refuses_node(page_token(OperationPosition{1})));
  EXPECT_TRUE(refuses_upload(page_token(OperationPosition{1})));
  EXPECT_TRUE(refuses_operation(page_token(NodeId{"12345678"})));
  EXPECT_TRUE(refuses_operation(page_token(UploadPosition{from_epoch_ms(1), UploadId{"node-1234"}})));
}

TEST(PageToken, WhatIsInsideIsCheckedToo) {
  EXPECT_TRUE(refuses_node(page_token(NodeId{"short"})));
  EXPECT_TRUE(refuses_node(page_token(NodeId{"NODE-1234"})));
  EXPECT_TRUE(refuses_upload(page_token(UploadPosition{from_epoch_ms(1), UploadId{"node-1234.0"}})));
  EXPECT_TRUE(refuses_upload(page_token(UploadPosition{from_epoch_ms(1), UploadId{""}})));
}

TEST(PageToken, OneSpellingOnly) {
  std::string token = page_token(NodeId{"node-abcd"});
  bool changed = false;
  for (char& c : token) {
    if (c >= 'a' && c <= 'f') {
      c = static_cast<char>(c - 'a' + 'A');
      changed = true;
    }
  }
  ASSERT_TRUE(changed);
  EXPECT_TRUE(refuses_node(token));
}

}  // namespace
}  // namespace longshore
