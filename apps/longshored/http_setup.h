#pragma once

#include "apps/longshored/config.h"
#include "apps/longshored/loops.h"
#include "front/http/http_front.h"
#include "obs/log.h"

namespace longshore::server {

/// What of the configuration the HTTP front is given.
http::HttpConfig http_config(const Config& config);

/// Throws Error that names a port of the configuration that cannot be had; Outcome::retry: somebody listens
/// there. For an answer before anything is made: listen() finds out once more.
void require_free_ports(const Config& config);

/// Binds the front's one or two ports. Throws Error that names the one that cannot be had.
void listen(http::HttpFront& front, Loops& loops, const Config& config, const Log& log);

}  // namespace longshore::server
