#pragma once

#include <string>

#include "domain/error.h"

namespace longshore::server {

/// Opens something; where that fails, the error begins with what it was: "/var/lib/longshore/catalog.db:
/// ...". (Adapters do not put names of files into their errors, because clients see those of requests.)
template <class Open>
auto named(const std::string& what, Open open) -> decltype(open()) {
  try {
    return open();
  } catch (const Error& error) {
    throw Error(error.reason(), what + ": " + error.message(), error.details(), error.outcome());
  }
}

}  // namespace longshore::server
