#include "bench/throwaway/session.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <span>
#include <stdexcept>

#include "base/encoding.h"
#include "net/http_head.h"

namespace longshore::bench {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
/// The end of a body in aws-chunked coding that surely holds its trailer.
constexpr std::int64_t kTrailerBytesMax = 512;

std::int64_t length_of(const HttpFields& fields, const char* name) {
  const std::string* text = find_field(fields, name);
  std::int64_t length = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), length);
  return length;
}

/// Up to `mark`, which is taken away too.
std::string_view take_until(std::string_view& text, std::string_view mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + mark.size(), text.size()));
  return taken;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

HttpField parse_field(std::string_view line) {
  const std::string_view name = take_until(line, ":");
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return {lower_case(name), std::string(line)};
}

S3Request parse_head(std::string_view head) {
  S3Request request;
  std::string_view line = take_until(head, "\r\n");
  request.method = take_until(line, " ");
  std::string_view target = take_until(line, " ");
  request.key = percent_decode(take_until(target, "?")).value_or("");
  while (!target.empty()) {
    std::string_view parameter = take_until(target, "&");
    const std::string name(take_until(parameter, "="));
    request.query[name] = percent_decode(parameter).value_or("");
  }
  for (line = take_until(head, "\r\n"); !line.empty(); line = take_until(head, "\r\n"))
    request.fields.push_back(parse_field(line));
  return request;
}

bool is_checksum(const HttpField& field) {
  return field.name.starts_with("x-amz-checksum-") && field.name != "x-amz-checksum-algorithm" &&
         field.name != "x-amz-checksum-type";
}

/// The bytes of a body in aws-chunked coding, and its trailer.
void decode(std::string_view coded, S3Request& request) {
  request.body.clear();
  for (;;) {
    std::string_view line = take_until(coded, "\r\n");
    const std::string_view digits = take_until(line, ";");
    std::size_t size = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (size == 0 || size > coded.size()) break;
    request.body += coded.substr(0, size);
    coded.remove_prefix(size);
    take_until(coded, "\r\n");
  }
}

class Session {
 public:
  Session(Wire& wire, ThrowawayS3& store) : wire_(wire), store_(store) {}

  bool serve_one() {
    std::size_t head_bytes = 0;
    while ((head_bytes = find_head_end(input_)) == 0)
      if (!read_more()) return false;
    S3Request request = parse_head(std::string_view(input_).substr(0, head_bytes));
    input_.erase(0, head_bytes);
    if (find_field(request.fields, "expect") != nullptr) wire_.write("HTTP/1.1 100 Continue\r\n\r\n");
    take_body(request);
    send(request, store_.answer(request));
    return true;
  }

 private:
  bool read_more() {
    const std::size_t before = input_.size();
    input_.resize(before + kReadBytes);
    const std::size_t bytes = wire_.read(std::as_writable_bytes(std::span(input_)).subspan(before));
    input_.resize(before + bytes);
    return bytes > 0;
  }

  /// Throws the next bytes away, those too that were read already.
  void skip(std::int64_t bytes) {
    const auto ahead = std::min(bytes, std::ssize(input_));
    input_.erase(0, static_cast<std::size_t>(ahead));
    wire_.discard(bytes - ahead);
  }

  std::string take(std::int64_t bytes) {
    while (std::ssize(input_) < bytes)
      if (!read_more()) throw std::runtime_error("the client has closed in the middle of a body");
    std::string taken = input_.substr(0, static_cast<std::size_t>(bytes));
    input_.erase(0, taken.size());
    return taken;
  }

  void take_body(S3Request& request) {
    const std::int64_t length = length_of(request.fields, "content-length");
    const bool coded = find_field(request.fields, "x-amz-decoded-content-length") != nullptr;
    request.size = coded ? length_of(request.fields, "x-amz-decoded-content-length") : length;
    const bool kept = request.method == "POST" || length <= ThrowawayS3::kKeptBytesMax;
    if (kept || !coded) {
      for (const HttpField& field : request.fields)
        if (is_checksum(field)) request.checksum = field;
    }
    if (!kept) skip(coded ? length - kTrailerBytesMax : length);
    if (kept || coded) request.body = take(kept ? length : kTrailerBytesMax);
    if (!coded) return;
    const std::string body = std::exchange(request.body, "");
    if (const std::size_t trailer = body.rfind("\r\nx-amz-checksum-"); trailer != std::string::npos) {
      std::string_view rest = std::string_view(body).substr(trailer + 2);
      request.checksum = parse_field(take_until(rest, "\r\n"));
    }
    if (kept) decode(body, request);
  }

  void send(const S3Request& request, const S3Answer& answer) {
    const std::int64_t length = answer.length < 0 ? std::ssize(answer.body) : answer.length;
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Told\r\n";
    for (const HttpField& field : answer.fields) text += field.name + ": " + field.value + "\r\n";
    if (answer.status != 204) text += "Content-Length: " + std::to_string(length) + "\r\n";
    text += "\r\n";
    if (request.method != "HEAD") text += answer.body;
    wire_.write(text);
  }

  Wire& wire_;
  ThrowawayS3& store_;
  std::string input_;  // read and not yet understood
};

}  // namespace

void serve(Wire& wire, ThrowawayS3& store) {
  Session session(wire, store);
  while (session.serve_one()) {
  }
}

}  // namespace longshore::bench
