#include "front/http/request_checks.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/encoding.h"
#include "domain/error.h"

namespace longshore::http {
namespace {

constexpr std::array<std::string_view, 11> kOnce{
    "cache-control", "content-digest",  "content-disposition", "content-encoding",
    "content-type",  "idempotency-key", "if-none-match",       "if-range",
    "range",         "traceparent",     "x-request-id",
};

}  // namespace

void check_query(const Route& route, const Target& target) {
  for (const auto& [name, value] : target.query) {
    if (std::ranges::find(route.query, name) != route.query.end()) continue;
    std::string known;
    for (const std::string_view word : route.query) known.append(known.empty() ? "" : ", ").append(word);
    const std::string named = percent_encode(name);  // whatever the client wrote, it can be shown
    throw invalid_field(named, "this route does not know the query parameter " + named +
                                   "; it takes: " + (known.empty() ? "none" : known));
  }
}

void check_fields(const RequestHead& head) {
  for (const Field& field : head.fields) {
    if (field.name.starts_with("x-amz-server-side-encryption")) {
      throw invalid_field(field.name,
                          "this release of the server has no encryption; leave " + field.name + " out");
    }
    if (field.name == "if-match" || field.name == "if-unmodified-since") {
      throw invalid_field(field.name, "the only precondition that this server offers is If-None-Match");
    }
    if (field.name == "content-range") {
      throw invalid_field(field.name, "a body is sent whole, or in numbered chunks: without Content-Range");
    }
    if (field.name == "content-encoding" && !ascii::same_word(field.value, "identity")) {
      throw Error{Reason::unsupported_media_type,
                  "bodies are taken as they are, and no content coding is kept with an object: leave "
                  "Content-Encoding "
                  "out, and let Content-Type say what the bytes are (application/gzip)"};
    }
  }
  for (const std::string_view name : kOnce) {
    if (head.count(name) > 1) throw invalid_field(name, std::string(name) + " may stand once");
  }
}

void check_body(const Route& route, const RequestHead& head, const Framing& framing) {
  if (framing.body == BodyKind::none) return;
  if (route.body == BodyUse::none) throw Error{Reason::invalid_request, "this route takes no body"};
  if (route.body != BodyUse::json) return;
  const std::string* type = head.find("content-type");
  const std::string_view essence = type == nullptr
                                       ? ""
                                       : std::string_view(*type).substr(0, type->find_first_of("; \t"));
  if (!ascii::same_word(essence, "application/json")) {
    throw Error{Reason::unsupported_media_type, "this route takes Content-Type: application/json"};
  }
}

}  // namespace longshore::http
