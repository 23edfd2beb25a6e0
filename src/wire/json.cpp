#include "wire/json.h"

#include <stdexcept>
#include <string_view>

#include <google/protobuf/util/json_util.h>

#include "wire/json_syntax.h"

namespace longshore {
namespace {

/// What protobuf refuses after all: texts that are not base64. It names the field in front, and then the
/// whole value: "(payload): invalid value ...".
JsonProblem problem_of(const google::protobuf::util::Status& status) {
  const std::string_view text(status.message().data(), status.message().size());
  const std::size_t end = text.find("): ");
  const bool names_field = text.starts_with('(') && end != std::string_view::npos;
  return {names_field ? std::string(text.substr(1, end - 1)) : "", "must be a text in base64"};
}

}  // namespace

std::optional<JsonProblem> read_json(std::string_view text, google::protobuf::Message& out) {
  if (auto problem = check_json_syntax(text, *out.GetDescriptor())) return problem;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &out, options);
  if (!status.ok()) return problem_of(status);
  return std::nullopt;
}

std::string write_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) throw std::logic_error("a message that has no JSON form");
  return text;
}

}  // namespace longshore
