#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace longshore::postgres {

/// Where the database is, and what is waited for. The defaults are those of docs/configuration.md.
struct Options {
  std::string url;  // as libpq takes it: postgresql://USER@HOST/DATABASE?sslmode=..., or key=value
  Secret password;  // "": none is asked for, or libpq finds it (a passfile, a client certificate)
  std::string schema = "longshore";  // in which the tables are
  std::size_t connections = 8;
  Millis timeout{5000};  // for one call, with all its repetitions
};

}  // namespace longshore::postgres
