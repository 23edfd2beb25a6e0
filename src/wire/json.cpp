#include "wire/json.h"

#include <stdexcept>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "wire/json_syntax.h"

namespace longshore {
namespace {

/// protobuf keeps an enum number that it has no name for; a caller who sends one means something that we do
/// not know.
std::optional<JsonProblem> check_enums(const google::protobuf::Message& message, const std::string& prefix) {
  const auto& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->is_repeated()) continue;  // lists and maps of our requests hold text
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM) {
      if (field->enum_type()->FindValueByNumber(reflection.GetEnumValue(message, field)) == nullptr) {
        return JsonProblem{prefix + field->name(), "not one of the names of " + field->enum_type()->name()};
      }
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      auto problem = check_enums(reflection.GetMessage(message, field), prefix + field->name() + ".");
      if (problem) return problem;
    }
  }
  return std::nullopt;
}

/// protobuf names the field in front: "(expected_size): invalid value ...", or "nmae: Cannot find field.".
JsonProblem problem_of(const google::protobuf::util::Status& status) {
  const std::string text(status.message().data(), status.message().size());
  const std::size_t colon = text.find(": ");
  std::string field = text.substr(0, colon == std::string::npos ? 0 : colon);
  if (field.starts_with('(') && field.ends_with(')')) field = field.substr(1, field.size() - 2);
  if (field.empty() || field.find_first_of(" ()") != std::string::npos) return {"", text};
  return {field, text.substr(colon + 2)};
}

}  // namespace

std::optional<JsonProblem> read_json(std::string_view text, google::protobuf::Message& out) {
  if (auto problem = check_json_syntax(text, *out.GetDescriptor())) return problem;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &out, options);
  if (!status.ok()) return problem_of(status);
  return check_enums(out, "");
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
