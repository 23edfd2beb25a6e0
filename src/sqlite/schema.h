#pragma once

#include <span>
#include <string_view>

#include "sqlite/database.h"

namespace longshore::sqlite {

/// A database's schema as the list of steps that led to it: step i takes version i to version i+1. Steps are
/// only ever added.
struct Schema {
  std::string_view name;  // for people: "the catalog"
  std::span<const std::string_view> steps;
};

/// Brings the database to the newest version, in one transaction. A new file has version 0 (pragma
/// user_version). Throws Error of the database's reason, refused, if it was made by a newer release: it is
/// left as it is.
void migrate(Database& database, const Schema& schema);

}  // namespace longshore::sqlite
