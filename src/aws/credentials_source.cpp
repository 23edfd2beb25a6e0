#include "aws/credentials_source.h"

#include <fstream>
#include <optional>
#include <utility>

namespace longshore::aws {
namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;  // credentials and tokens have a few KiB
constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr int kTooManyRequests = 429;
constexpr int kFirstServerError = 500;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() || file.bad() || file.gcount() == 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

Error misconfigured(const std::string& what) {
  return Error{Reason::store_refused, "no credentials: " + what, {}, Outcome::refused};
}

Error not_now(const std::string& what) {
  return unavailable(Reason::store_unavailable, "no credentials at the moment: " + what, Outcome::retry);
}

Task<EndpointAnswer> call_endpoint(HttpClient& http, HttpRequest request, std::string what) {
  request.repeatable = true;
  EndpointAnswer out;
  try {
    HttpAnswer answer = co_await http.send(std::move(request));
    out.status = answer.status();
    out.body = co_await answer.collect(kAnswerBytesMax);
  } catch (const HttpError& error) {
    throw not_now(what + ": " + error.what());
  }
  if (out.status == kTooManyRequests || out.status >= kFirstServerError)
    throw not_now(what + " answers with status " + std::to_string(out.status));
  co_return out;
}

Task<Secret> read_token_file(BlockingPool& files, std::string path, std::string variable) {
  auto text = co_await files.run([path = std::move(path)] { return read_file(path); });
  if (!text) throw misconfigured("the file that " + variable + " names cannot be read, is empty or too big");
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  co_return Secret(*text);
}

}  // namespace longshore::aws
