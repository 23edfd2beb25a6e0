#pragma once

#include <optional>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "wire/json.h"

namespace longshore {

/// The text of a field of bytes, as it stands between its quotes in the text that was checked.
struct BytesText {
  const google::protobuf::FieldDescriptor* field;
  std::string_view base64;
};

/// Whether `text` is exactly one JSON object, and nothing in it could be read in two ways: what protobuf's
/// own reader lets through (comments, a key twice, U+0000, fractions, depth, ...) is refused here. `message`
/// says which of its keys are names of fields, in either spelling, and which a client's own words. nullopt:
/// it may be read, and `bytes` is the text of one of the outermost message's fields of bytes, if there is any
/// without an escape in it.
[[nodiscard]] std::optional<JsonProblem> check_json_syntax(std::string_view text,
                                                           const google::protobuf::Descriptor& message,
                                                           std::optional<BytesText>& bytes);

}  // namespace longshore
