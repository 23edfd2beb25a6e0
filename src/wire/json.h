#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

/// The messages of api/ as JSON: the proto3 mapping, read strictly and written in one fixed form. Pure
/// functions, any thread.
namespace longshore {

/// Why a text is not the message: `field` is where (dotted, as the client spelt it; "" for the text as a
/// whole); `what` says what is right, and never holds a value.
struct JsonProblem {
  std::string field;
  std::string what;
};

/// Objects within objects, the outermost counted: our deepest message needs three.
inline constexpr std::size_t kJsonDepthMax = 16;

/// Fills `out` from exactly one JSON object (RFC 8259). Both lowerCamelCase and the .proto's own names are
/// read. Refused, beyond broken syntax and UTF-8: unknown keys, a key twice (also once in each spelling),
/// U+0000, nesting deeper than kJsonDepthMax, numbers that are no 64-bit integers, enum values without a
/// name, values of another kind than the field's (a text for a flag, null in a map). nullopt: `out` is
/// filled. Takes time and memory in proportion to the text, which the caller has bounded.
[[nodiscard]] std::optional<JsonProblem> read_json(std::string_view text, google::protobuf::Message& out);

/// One line: lowerCamelCase, zero values printed, 64-bit numbers as strings.
[[nodiscard]] std::string write_json(const google::protobuf::Message& message);

}  // namespace longshore
