#pragma once

#include <iosfwd>

#include "apps/longshored/config.h"
#include "apps/longshored/options.h"
#include "obs/log.h"

namespace longshore::server {

/// An operators' verb. Those on the data folder lock it: the server must be stopped. Writes what it did to
/// `out`; the exit code. Throws Error. `log` takes what is to be kept of it: a person's decision to drop an
/// event.
int run_verb(const Options& options, const Config& config, const Log& log, std::ostream& out);

}  // namespace longshore::server
