#include "front/http/response.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/ascii.h"
#include "front/common/error_table.h"
#include "front/common/problem.h"

namespace longshore::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{206, "Partial Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
};

std::string_view phrase_of(int status) {
  const auto row = std::ranges::find(kPhrases, status, &Phrase::status);
  return row == kPhrases.end() ? std::string_view() : row->text;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-';
  });
}

bool is_field_value(std::string_view value) { return std::ranges::none_of(value, ascii::is_control); }

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
