#include "wire/json.h"

#include <stdexcept>
#include <string_view>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "base/encoding.h"
#include "wire/json_syntax.h"

namespace longshore {

using google::protobuf::Message;

namespace {

/// What protobuf refuses after all: texts that are not base64. It names the field in front, and then the
/// whole value: "(payload): invalid value ...".
JsonProblem problem_of(const google::protobuf::util::Status& status) {
  const std::string_view text(status.message().data(), status.message().size());
  const std::size_t end = text.find("): ");
  const bool names_field = text.starts_with('(') && end != std::string_view::npos;
  return {names_field ? std::string(text.substr(1, end - 1)) : "", "must be a text in base64"};
}

std::optional<JsonProblem> read_checked(std::string_view text, Message& out) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &out, options);
  if (!status.ok()) return problem_of(status);
  return std::nullopt;
}

/// `text` without `part`, which lies in it.
std::string without(std::string_view text, std::string_view part) {
  const auto at = static_cast<std::size_t>(part.data() - text.data());
  return std::string(text.substr(0, at)).append(text.substr(at + part.size()));
}

}  // namespace

// A payload's text is most of a request: protobuf's reader would take it one character at a time. What is not
// base64 as base64_decode takes it (other alphabets, no padding) is left to protobuf.
std::optional<JsonProblem> read_json(std::string_view text, Message& out) {
  std::optional<BytesText> bytes;
  if (auto problem = check_json_syntax(text, *out.GetDescriptor(), bytes)) return problem;
  std::optional<std::string> decoded;
  if (bytes) decoded = base64_decode(bytes->base64);
  if (!decoded) return read_checked(text, out);
  if (auto problem = read_checked(without(text, bytes->base64), out)) return problem;
  out.GetReflection()->SetString(&out, bytes->field, std::move(*decoded));
  return std::nullopt;
}

std::string write_json(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) throw std::logic_error("a message that has no JSON form");
  return text;
}

}  // namespace longshore
