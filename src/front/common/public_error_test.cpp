#include "front/common/public_error.h"

#include <sstream>
#include <stdexcept>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

class PublicError : public testing::Test {
 protected:
  Error of(const std::exception_ptr& failure) {
    return public_error(failure, Log::to_stream(text, LogFormat::kText, LogLevel::kInfo, clock), "r1");
  }

  SystemClock clock;
  std::ostringstream text;
};

TEST_F(PublicError, WhatIsForTheClientIsGivenOn) {
  const Error error = of(std::make_exception_ptr(Error{Reason::not_found, "no such upload"}));
  EXPECT_EQ(error.reason(), Reason::not_found);
  EXPECT_EQ(error.message(), "no such upload");
  EXPECT_EQ(text.str(), "");
}

TEST_F(PublicError, WhatIsInternalStaysInTheLog) {
  const std::exception_ptr failures[] = {
      std::make_exception_ptr(Error{Reason::internal, "row 7 is odd"}),
      std::make_exception_ptr(std::logic_error("row 7 is odd")),
  };
  for (const std::exception_ptr& failure : failures) {
    text.str("");
    const Error error = of(failure);
    EXPECT_EQ(error.reason(), Reason::internal);
    EXPECT_EQ(error.message().find("row 7"), std::string::npos);
    EXPECT_NE(text.str().find("row 7 is odd"), std::string::npos);
    EXPECT_NE(text.str().find("r1"), std::string::npos);
  }
}

TEST_F(PublicError, CancellationIsThrownOn) {
  const boost::system::system_error aborted(boost::asio::error::operation_aborted);
  EXPECT_THROW(of(std::make_exception_ptr(aborted)), boost::system::system_error);
}

}  // namespace
}  // namespace longshore
