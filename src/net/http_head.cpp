#include "net/http_head.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/ascii.h"

namespace longshore {
namespace {

namespace beast = boost::beast;

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

bool is_visible(char c) { return c > ' ' && c <= '~'; }

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_visible(c) && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) { return std::ranges::none_of(text, ascii::is_control); }

bool is_target(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_visible); }

void require(bool right, const char* what) {
  if (!right) throw std::invalid_argument(what);
}

std::size_t count_fields(const HttpFields& fields, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [name](const HttpField& field) { return ascii::same_word(field.name, name); }));
}

}  // namespace

bool says_close(std::string_view connection) {
  return std::ranges::any_of(ascii::list_members(connection),
                             [](std::string_view member) { return ascii::same_word(member, "close"); });
}

std::optional<std::int64_t> parse_content_length(std::string_view value) {
  std::int64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  const bool digits_alone = !value.empty() && ascii::is_digit(value.front());
  if (!digits_alone || stop != end || error != std::errc{}) return std::nullopt;
  return length;
}

std::string format_request_head(const RequestLine& line, const HttpFields& fields) {
  require(is_token(line.method), "the method is no token");
  require(is_target(line.target), "the request target must be visible ASCII");
  require(is_target(line.host), "the host must be visible ASCII");
  std::string head;
  head.append(line.method).append(" ").append(line.target).append(" HTTP/1.1\r\nHost: ").append(line.host);
  for (const HttpField& field : fields) {
    require(is_token(field.name), "a field's name is no token");
    require(is_field_value(field.value), "a field's value holds a control character");
    head.append("\r\n").append(field.name).append(": ").append(field.value);
  }
  return head.append("\r\n\r\n");
}

std::size_t find_head_end(std::string_view input) {
  constexpr std::string_view kBlankLine = "\r\n\r\n";
  const std::size_t end = input.find(kBlankLine);
  return end == std::string_view::npos ? 0 : end + kBlankLine.size();
}

std::optional<AnswerHead> parse_answer_head(std::string_view head) {
  beast::http::response_parser<beast::http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size()) + 1);
  parser.body_limit(boost::none);
  parser.skip(true);  // what body follows is decided below
  beast::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || !parser.is_header_done()) return std::nullopt;

  const auto& message = parser.get();
  AnswerHead parsed{.status = static_cast<int>(message.result_int()),
                    .version_minor = static_cast<int>(message.version() % 10)};
  for (const auto& field : message)
    parsed.fields.push_back({std::string(field.name_string()), std::string(field.value())});
  return parsed;
}

std::optional<AnswerFraming> decide_framing(const AnswerHead& head, bool answers_head_request) {
  using Body = AnswerFraming::Body;
  AnswerFraming framing;
  framing.keep_alive = head.version_minor == 1;
  for (const HttpField& field : head.fields) {
    if (ascii::same_word(field.name, "connection") && says_close(field.value)) framing.keep_alive = false;
  }

  const std::size_t codings = count_fields(head.fields, "transfer-encoding");
  const std::size_t lengths = count_fields(head.fields, "content-length");
  if (codings + lengths > 1) return std::nullopt;
  if (codings == 1) {
    const bool known = ascii::same_word(*find_field(head.fields, "transfer-encoding"), "chunked");
    if (!known || head.version_minor == 0) return std::nullopt;
    framing.body = Body::chunked;
  } else if (lengths == 1) {
    const auto length = parse_content_length(*find_field(head.fields, "content-length"));
    if (!length) return std::nullopt;
    framing.body = *length > 0 ? Body::length : Body::none;
    framing.length = *length;
  } else {
    framing.body = Body::until_close;
  }
  if (answers_head_request || head.status == kNoContent || head.status == kNotModified)
    framing.body = Body::none;
  if (framing.body == Body::until_close) framing.keep_alive = false;
  return framing;
}

}  // namespace longshore
