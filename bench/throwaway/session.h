#pragma once

#include "bench/throwaway/s3.h"
#include "bench/throwaway/wire.h"

namespace longshore::bench {

/// Serves the requests of one connection, one after the other, until the client closes it. Throws
/// std::runtime_error when it breaks off, or sends something that is no HTTP.
void serve(Wire& wire, ThrowawayS3& store);

}  // namespace longshore::bench
