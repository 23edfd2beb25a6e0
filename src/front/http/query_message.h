#pragma once

#include <google/protobuf/message.h>

#include "front/http/target.h"

namespace longshore::http {

/// The query into a message: each parameter into the field of its name ("query names are the .proto's"); an
/// empty value leaves the field alone. Fields of text, whole numbers, true or false, and names of enum
/// values. Throws Error invalid_request, field named.
void read_query(const Target& target, google::protobuf::Message& message);

}  // namespace longshore::http
