#include "front/http/query_message.h"

#include <charconv>
#include <stdexcept>
#include <string>

#include "domain/error.h"

namespace longshore::http {
namespace {

using google::protobuf::FieldDescriptor;

template <class Int>
Int whole_number(const std::string& name, const std::string& text) {
  Int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) {
    throw invalid_field(name,
                        name + " must be a whole number of " + std::to_string(8 * sizeof(Int)) + " bits");
  }
  return number;
}

bool flag(const std::string& name, const std::string& text) {
  if (text != "true" && text != "false") throw invalid_field(name, name + " must be true or false");
  return text == "true";
}

void set_field(google::protobuf::Message& message, const FieldDescriptor& field, const std::string& text) {
  const auto& reflection = *message.GetReflection();
  const std::string& name = field.name();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&message, &field, text);
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, whole_number<std::int32_t>(name, text));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&message, &field, whole_number<std::int64_t>(name, text));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, flag(name, text));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByName(text);
      if (value == nullptr)
        throw invalid_field(name, name + " must be a name of " + field.enum_type()->name());
      return reflection.SetEnum(&message, &field, value);
    }
    default:
      throw std::logic_error("a query parameter that no text can fill");
  }
}

}  // namespace

void read_query(const Target& target, google::protobuf::Message& message) {
  for (const auto& [name, text] : target.query) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr)
      throw std::logic_error("a route takes a query parameter that its message does not have");
    if (!text.empty()) set_field(message, *field, text);
  }
}

}  // namespace longshore::http
