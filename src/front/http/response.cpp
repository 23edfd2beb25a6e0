#include "front/http/response.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "front/common/error_table.h"
#include "front/common/problem.h"

namespace longshore::http {
namespace {

std::string_view phrase_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(
      value, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  if (!is_field_name(name) || !is_field_value(value))
    throw std::logic_error("an answer's field that must not be sent");
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Response json_response(int status, std::string json) {
  json += '\n';  // kind to terminals
  return {.status = status, .fields = {{"Content-Type", "application/json"}}, .body = std::move(json)};
}

Response error_response(const Error& error, std::string_view request_id) {
  Response response;
  response.status = error_row(error.reason()).http;
  response.fields.push_back({"Content-Type", std::string(kProblemType)});
  if (const auto wait = retry_after(error)) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
    response.fields.push_back({"Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1))});
  }
  response.body = problem_json(error, request_id) + "\n";
  return response;
}

std::string response_head(const Response& response, const ResponseFrame& frame) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(phrase_of(response.status)) + "\r\n";
  append_field(head, "Date", http_date(frame.now));
  append_field(head, "Server", "longshore");
  append_field(head, "x-request-id", frame.request_id);
  for (const Field& field : response.fields) append_field(head, field.name, field.value);
  if (frame.content_length) append_field(head, "Content-Length", std::to_string(*frame.content_length));
  if (frame.close) append_field(head, "Connection", "close");
  head += "\r\n";
  return head;
}

std::string http_date(Time time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + ", " + two(unsigned{date.day()}) + " " +
         kMonths[unsigned{date.month()} - 1] + " " + std::to_string(int{date.year()}) + " " +
         two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" +
         two(clock.seconds().count()) + " GMT";
}

}  // namespace longshore::http
