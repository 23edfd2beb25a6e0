#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"

/// The heads of messages between us and other servers. Pure.
namespace longshore {

struct RequestLine {
  std::string_view method;
  std::string_view target;
  std::string_view host;
};

/// The whole head, blank line included. Throws std::invalid_argument if anything in it would break the
/// message's form: a control character, a blank in the target, a name that is none.
std::string format_request_head(const RequestLine& line, const HttpFields& fields);

struct AnswerHead {
  int status = 0;
  int version_minor = 1;  // of HTTP/1.x
  HttpFields fields;
};

/// The length of the head, blank line included, at the front of `input`; 0: it goes on.
std::size_t find_head_end(std::string_view input);

/// Parses such a head; nullopt: it is none. Beast's parser does the work, and is compiled in this one file.
std::optional<AnswerHead> parse_answer_head(std::string_view head);

/// Whether a Connection field has the word close, also among other words.
bool says_close(std::string_view connection);

/// A Content-Length; nullopt unless it is one decimal number below 2^63.
std::optional<std::int64_t> parse_content_length(std::string_view value);

/// Where the body of an answer ends, and what becomes of the connection.
struct AnswerFraming {
  enum class Body { none, length, chunked, until_close };
  Body body = Body::none;
  std::int64_t length = 0;  // Body::length
  bool keep_alive = true;
};

/// Decides strictly (RFC 9112 section 6.3): nullopt for whatever two readers could understand differently, as
/// two lengths, or a coding other than the single word chunked.
std::optional<AnswerFraming> decide_framing(const AnswerHead& head, bool answers_head_request);

}  // namespace longshore
