#pragma once

#include <string>
#include <string_view>

#include "domain/operation.h"

/// How stored bytes are handed to a browser without trusting what the uploader said they are.
namespace longshore::http {

/// Content-Disposition of a download: attachment, unless the type is on a short list that no browser runs
/// (then what the uploader chose, else inline). The file's name is the uploader's, else the object's; what
/// cannot be read (disposition.h) is an attachment under the object's name. The name by RFC 8187, so that no
/// byte of it can leave its place.
std::string content_disposition(const Attributes& attributes);

/// The type to send: the uploader's, or application/octet-stream.
std::string content_type(const Attributes& attributes);

bool is_harmless_type(std::string_view mime_type);

}  // namespace longshore::http
