#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ports/body_source.h"

namespace longshore::http {

class Exchange;
using Handler = Task<void> (*)(Exchange&);

enum class BodyUse {
  none,    // a request that has one is refused
  json,    // application/json, or nothing
  stream,  // the bytes themselves
};

/// Who a route is for: clients, or the operators' own listener.
enum class Surface { clients, operators, both };

/// One line of the table: method, "/v1/uploads/{upload_id}", which query parameters it knows, and who serves
/// it.
struct Route {
  std::string_view method;
  std::string_view pattern;
  std::vector<std::string_view> query;
  BodyUse body = BodyUse::none;
  Handler handler = nullptr;
  Surface surface = Surface::clients;
};

/// Every route of this server, in one place; api/openapi.yaml says the same.
const std::vector<Route>& routes();

/// What stood in a pattern's places, decoded.
using PathParameters = std::vector<std::pair<std::string_view, std::string>>;

struct Matched {
  const Route* route = nullptr;
  PathParameters parameters;
};
struct NoSuchPath {};
struct OtherMethods {
  std::string allow;
};  // the path is known, with these methods: the Allow field
struct InALaterRelease {
  std::string_view what;
};  // the public API has the path, this release of the server has not
using Match = std::variant<NoSuchPath, Matched, OtherMethods, InALaterRelease>;

Match find_route(std::string_view method, const std::vector<std::string>& segments, Surface surface);

}  // namespace longshore::http
