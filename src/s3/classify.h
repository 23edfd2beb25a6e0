#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/error.h"
#include "net/http_error.h"
#include "net/http_message.h"

/// What an answer of a store means: the one place where status, code and fields become a decision. Pure.
namespace longshore::s3 {

/// All of an answer that deciding needs.
struct Answer {
  int status = 0;
  std::string code;     // of an <Error> body; empty: there was none
  std::string message;  // likewise; for the log alone
  std::optional<Millis> retry_after;
  std::optional<Time> date;  // the store's clock
  std::string region;        // where the bucket is, if the answer tells
  std::string host;          // where to ask instead, if the answer tells: "name", "name:port"
  std::string request_id;    // for whoever asks the store's operator
};

/// `body`: the beginning of it, as far as it was read; also of a 200 that may be an error.
Answer read_answer(int status, const HttpFields& fields, std::string_view body);

enum class Next {
  take,               // it is the answer
  retry,              // again, after a pause: it was not done
  retry_lost,         // likewise, though it may have been done, or may still be done
  renew_credentials,  // again with newer ones
  take_clock,         // again with the store's time
  follow,             // again, there where the answer says
  fail,               // no use
};

/// `now`: our clock; tells a skewed one from other refusals where the answer has no code.
Next judge(const Answer& answer, Time now);

/// The error that a caller of the port gets. `call`: its name, for the message, which clients see.
Error error_of(const Answer& answer, const char* call);
/// A request without an answer. What was not sent was not done.
Error error_of(const HttpError& failure, const char* call);
/// Whether it may be sent again at once, as far as the failure itself goes.
Next judge(const HttpError& failure);

/// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that servers may write (RFC 9110, section 5.6.7).
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace longshore::s3
