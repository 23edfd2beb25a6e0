#include "front/http/response.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace longshore::http {
namespace {

using namespace std::string_literals;

const Time kNow = from_epoch_ms(1795446575000);  // 2026-11-23 15:09:35 UTC

TEST(Response, DateIsTheFixedForm) {
  EXPECT_EQ(http_date(kNow), "Mon, 23 Nov 2026 15:09:35 GMT");
  EXPECT_EQ(http_date(from_epoch_ms(784111777000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Response, HeadHasWhatEveryAnswerHas) {
  EXPECT_EQ(response_head(json_response(201, "{}"),
                          {.request_id = "r", .now = kNow, .close = true, .content_length = 3}),
            "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 15:09:35 GMT\r\nServer: "
            "longshore\r\nx-request-id: r\r\n"
            "Content-Type: application/json\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
}

TEST(Response, AFieldThatWouldSplitTheAnswerIsNeverWritten) {
  for (const Field& field :
       {Field{"X", "a\r\nY: b"}, Field{"X", "a\nb"}, Field{"X", "a\0b"s}, Field{"X", "a\x7f"},
        Field{"X: a\r\nY", "b"}, Field{"", "b"}, Field{"X ", "b"}}) {
    Response response;
    response.fields.push_back(field);
    EXPECT_THROW(response_head(response, {.request_id = "r"}), std::logic_error) << field.name << field.value;
  }
}

TEST(Response, ErrorsSayWhenToTryAgainInWholeSeconds) {
  const Response busy = error_response(Error{Reason::busy, "full", {.retry_after = Millis{1200}}}, "r");
  EXPECT_EQ(busy.status, 503);
  ASSERT_EQ(busy.fields.size(), 2U);
  EXPECT_EQ(busy.fields[1].name, "Retry-After");
  EXPECT_EQ(busy.fields[1].value, "2");
  EXPECT_EQ(error_response(Error{Reason::not_found, "no"}, "r").fields.size(), 1U);
}

}  // namespace
}  // namespace longshore::http
