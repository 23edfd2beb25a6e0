#pragma once

#include <cstdint>

namespace longshore::server {

/// What a server asks of its process, once, before anything else: no core dumps and no peeking by other
/// processes of the same user (bodies and secrets are in its memory), no death by a closed socket, and as
/// many open files as it may have.
void prepare_process();

/// How many files it may have open now.
std::int64_t open_files_max();

}  // namespace longshore::server
