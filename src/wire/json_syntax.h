#pragma once

#include <optional>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "wire/json.h"

namespace longshore {

/// Whether `text` is exactly one JSON object, and nothing in it could be read in two ways: what protobuf's
/// own reader lets through (comments, a key twice, U+0000, fractions, depth, ...) is refused here. `message`
/// says which of its keys are names of fields, in either spelling, and which a client's own words. nullopt:
/// it may be read.
[[nodiscard]] std::optional<JsonProblem> check_json_syntax(std::string_view text,
                                                           const google::protobuf::Descriptor& message);

}  // namespace longshore
