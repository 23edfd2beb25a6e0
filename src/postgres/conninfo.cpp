#include "postgres/conninfo.h"

#include <algorithm>
#include <array>
#include <libpq-fe.h>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "domain/error.h"

namespace longshore::postgres {
namespace {

constexpr std::size_t kSchemaNameMax = 63;  // PostgreSQL's own bound

// Where the URL names none. Seconds, and milliseconds for tcp_user_timeout, as libpq counts them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPresets{{
    {"target_session_attrs", "read-write"},  // a fail-over's old master is passed over
    {"connect_timeout", "3"},                // each address
    {"keepalives_idle", "15"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"},
}};

constexpr bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

using Parsed = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Parsed parse(const std::string& url) {
  char* problem = nullptr;
  Parsed parsed(PQconninfoParse(url.c_str(), &problem), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> why(problem, &PQfreemem);
  if (!parsed) {
    std::string text = why ? why.get() : "out of memory";
    while (text.ends_with('\n')) text.pop_back();
    throw Error(Reason::invalid_request, text);
  }
  return parsed;
}

void append(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.empty() ? "" : " ").append(name).append("='");
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  out += '\'';
}

}  // namespace

void check_url(const std::string& url) {
  const Parsed parsed = parse(url);
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view name = option->keyword;
    if (name == "password" || name == "sslpassword")
      throw Error(Reason::invalid_request, "no password belongs into a URL: there is a key for it");
  }
}

bool is_schema_name(std::string_view name) {
  return !name.empty() && name.size() <= kSchemaNameMax && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || ascii::is_digit(c) || c == '_'; });
}

Secret conninfo(const Options& options) {
  const Parsed parsed = parse(options.url);
  std::string out;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      append(out, option->keyword, option->val);
      continue;
    }
    for (const auto& [name, value] : kPresets) {
      if (name == option->keyword) append(out, name, value);
    }
  }
  append(out, "fallback_application_name", "longshored");
  if (!options.password.empty()) append(out, "password", options.password.expose());
  Secret whole{out};
  std::ranges::fill(out, '\0');
  return whole;
}

}  // namespace longshore::postgres
