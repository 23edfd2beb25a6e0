#include "front/http/request_head.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/ascii.h"
#include "domain/error.h"
#include "front/http/head_scanner.h"

namespace longshore::http {
namespace {

namespace beast = boost::beast;

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

const std::string* RequestHead::find(std::string_view name) const {
  const auto field = std::ranges::find(fields, name, &Field::name);
  return field == fields.end() ? nullptr : &field->value;
}

std::size_t RequestHead::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(fields, name, &Field::name));
}

std::int64_t RequestHead::bytes() const {
  std::size_t sum = method.size() + target.size();
  for (const Field& field : fields) sum += sizeof(Field) + field.name.size() + field.value.size();
  return static_cast<std::int64_t>(sum);
}

RequestHead parse_head(std::string_view raw) {
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.header_limit(kHeadBytesMax);
  parser.body_limit(boost::none);  // the coordinator knows what a drive takes
  beast::error_code error;
  parser.put(boost::asio::buffer(raw.data(), raw.size()), error);
  if (error) throw Error{Reason::invalid_request, "the header is malformed: " + error.message()};
  if (!parser.is_header_done()) throw Error{Reason::invalid_request, "the header is malformed"};

  const auto& message = parser.get();
  RequestHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  head.version_minor = static_cast<int>(message.version() % 10);
  if (head.target.size() > kTargetBytesMax)
    throw Error{Reason::uri_too_long, "the request target is longer than 8 KiB"};
  if (!is_visible_ascii(head.target)) {
    throw Error{Reason::invalid_request,
                "the request target holds other than visible ASCII: percent-encode it"};
  }
  for (const auto& field : message) {
    head.fields.push_back({ascii::lower(field.name_string()), std::string(field.value())});
  }
  return head;
}

}  // namespace longshore::http
