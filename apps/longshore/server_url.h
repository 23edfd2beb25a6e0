#pragma once

#include <string>
#include <string_view>

#include "net/http_message.h"

namespace longshore::cli {

/// Where the server is: `http://HOST[:PORT][/PREFIX]`, or https. A host in brackets is an IPv6 address.
struct ServerUrl {
  HttpEndpoint endpoint;
  std::string prefix;  // "" or "/longshore": stands before each path of the API
};

/// Throws Failure USAGE that says what is wrong. User names, queries and fragments are refused: a token
/// travels by LONGSHORE_TOKEN alone.
ServerUrl parse_server_url(std::string_view text);

/// `text` as one segment of a path or one value of a query: everything but unreserved characters becomes %XX.
std::string url_segment(std::string_view text);

}  // namespace longshore::cli
