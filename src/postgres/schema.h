#pragma once

#include <span>
#include <string_view>

#include "postgres/connection.h"

namespace longshore::postgres {

/// A schema as the list of steps that led to it: step i takes version i to version i+1. Steps are only ever
/// added.
struct Schema {
  std::string_view name;  // for people: "the catalog"
  std::span<const std::string_view> steps;
};

/// Brings the schema of `options` to the newest version, in one transaction; of several servers one does it,
/// and the others wait for it. One that is there already needs no rights but those of a server. Throws
/// pqxx::failure, and Error(catalog_unavailable, refused) if a newer release made it: it is left as it is.
void migrate(Connection& connection, const Schema& schema, const Options& options);

}  // namespace longshore::postgres
