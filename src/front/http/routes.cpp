#include "front/http/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "front/http/handlers.h"

namespace longshore::http {
namespace {

using enum BodyUse;
using std::string_view_literals::operator""sv;

std::vector<std::string_view> split(std::string_view pattern) {
  std::vector<std::string_view> segments;
  for (std::size_t at = 1; at <= pattern.size();) {
    const std::size_t slash = std::min(pattern.find('/', at), pattern.size());
    segments.push_back(pattern.substr(at, slash - at));
    at = slash + 1;
  }
  return segments;
}

/// "{name}" stands for any one segment that is not empty.
std::optional<PathParameters> match_pattern(std::string_view pattern,
                                            const std::vector<std::string>& segments) {
  const std::vector<std::string_view> words = split(pattern);
  if (words.size() != segments.size()) return std::nullopt;
  PathParameters parameters;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with('{')) {
      if (words[i] != segments[i]) return std::nullopt;
      continue;
    }
    if (segments[i].empty()) return std::nullopt;
    parameters.emplace_back(words[i].substr(1, words[i].size() - 2), segments[i]);
  }
  return parameters;
}

/// Paths of the public API that are not served yet, and what they are for.
constexpr std::array kInALaterRelease{
    std::pair{"/v1/nodes/{node_id}/versions"sv, "list of versions"sv},
    std::pair{"/v1/nodes/{node_id}/rollback"sv, "rollback to an earlier version"sv},
    std::pair{"/v1/nodes/{node_id}/rotate"sv, "rotation of customer keys"sv},
};

bool is_served_on(Surface route, Surface listener) {
  return route == Surface::both || listener == Surface::both || route == listener;
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> table{
      {"POST", "/v1/uploads", {}, json, initiate_upload},
      {"GET",
       "/v1/uploads",
       {"state", "connector_id", "older_than_epoch_ms", "page_size", "page_token"},
       none,
       list_uploads},
      {"GET", "/v1/uploads/{upload_id}", {}, none, get_upload},
      {"DELETE", "/v1/uploads/{upload_id}", {"reason"}, none, cancel_upload},
      {"PUT", "/v1/uploads/{upload_id}/parts/{chunk_number}", {"last"}, stream, put_part},
      {"POST", "/v1/uploads/{upload_id}/complete", {}, json, complete_upload},
      {"GET", "/v1/uploads/{upload_id}/progress", {}, none, watch_upload},

      {"PUT", "/v1/objects/{connector_id}/{name}", {"path", "drive"}, stream, put_object},
      {"GET", "/v1/objects/{connector_id}/{name}", {"path", "drive"}, none, get_object},
      {"HEAD", "/v1/objects/{connector_id}/{name}", {"path", "drive"}, none, get_object},

      {"GET",
       "/v1/nodes",
       {"connector_id", "drive", "path_prefix", "state", "page_size", "page_token"},
       none,
       list_nodes},
      {"GET", "/v1/nodes/{node_id}", {}, none, get_node},
      {"DELETE", "/v1/nodes/{node_id}", {"purge", "reason"}, none, delete_node},
      {"GET", "/v1/nodes/{node_id}/content", {"version"}, none, get_content},
      {"HEAD", "/v1/nodes/{node_id}/content", {"version"}, none, get_content},

      {"GET", "/v1/limits", {"expected_size", "drive"}, none, get_limits},

      {"GET", "/healthz", {}, none, healthz, Surface::both},
      {"GET", "/readyz", {}, none, readyz, Surface::both},
      {"GET", "/metrics", {}, none, metrics, Surface::operators},
  };
  return table;
}

Match find_route(std::string_view method, const std::vector<std::string>& segments, Surface surface) {
  std::string allow;
  for (const Route& route : routes()) {
    if (!is_served_on(route.surface, surface)) continue;
    auto parameters = match_pattern(route.pattern, segments);
    if (!parameters) continue;
    if (route.method == method) return Matched{&route, std::move(*parameters)};
    if (!allow.empty()) allow += ", ";
    allow += route.method;
  }
  if (!allow.empty()) return OtherMethods{std::move(allow)};
  if (surface == Surface::operators) return NoSuchPath{};
  for (const auto& [pattern, what] : kInALaterRelease) {
    if (match_pattern(pattern, segments)) return InALaterRelease{what};
  }
  return NoSuchPath{};
}

}  // namespace longshore::http
