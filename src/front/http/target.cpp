#include "front/http/target.h"

#include <algorithm>

#include "base/encoding.h"
#include "domain/error.h"

namespace longshore::http {
namespace {

Error refused(std::string message) { return Error{Reason::invalid_request, std::move(message)}; }

std::string decoded(std::string_view text) {
  auto plain = percent_decode(text);
  if (!plain) throw refused("the request target holds a malformed percent escape");
  return std::move(*plain);
}

std::string decoded_query(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return decoded(spaced);
}

/// The absolute form (RFC 9112 section 3.2.2) without its scheme and authority.
std::string_view without_authority(std::string_view target, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    if (rest.substr(0, end) != host)
      throw refused("the request target names another host than the Host field");
    return rest.substr(end);
  }
  return target;
}

void parse_query(std::string_view text, Target& target) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::string_view item = text.substr(at, end - at);
    at = end + 1;
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    std::string name = decoded_query(item.substr(0, equals));
    std::string value = decoded_query(item.substr(std::min(equals + 1, item.size())));
    if (target.find_query(name)) {
      const std::string named = percent_encode(name);
      throw invalid_field(named, "the query parameter " + named + " stands there twice");
    }
    target.query.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace

std::optional<std::string> Target::find_query(std::string_view name) const {
  const auto found = std::ranges::find(query, name,
                                       [](const auto& item) { return std::string_view(item.first); });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Target parse_target(std::string_view text, std::string_view host) {
  text = without_authority(text, host);
  if (!text.starts_with('/')) throw refused("the request target must begin with a slash");
  if (text.find('#') != std::string_view::npos) throw refused("the request target must not hold a fragment");
  const std::size_t question = std::min(text.find('?'), text.size());

  Target target;
  target.path = std::string(text.substr(0, question));
  for (std::size_t at = 1; at <= target.path.size();) {
    const std::size_t slash = std::min(target.path.find('/', at), target.path.size());
    target.segments.push_back(decoded(std::string_view(target.path).substr(at, slash - at)));
    at = slash + 1;
  }
  parse_query(text.substr(std::min(question + 1, text.size())), target);
  return target;
}

}  // namespace longshore::http
