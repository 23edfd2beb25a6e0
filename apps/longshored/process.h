#pragma once

#include <cstdint>

namespace longshore::server {

/// What a server asks of its process, once, before anything else: no core dumps and no peeking by other
/// processes of the same user (bodies and secrets are in its memory), no death by a closed socket, and as
/// many open files as it may have.
void prepare_process();

/// How many files it may have open now.
std::int64_t open_files_max();

/// How many of them a server of so many connections needs: each has its socket and one for the part or
/// download on it; databases, logs and listeners have the rest.
std::int64_t open_files_for(std::int64_t connections);

/// `wanted`, or as many as there are files for: whom a server takes, it must be able to serve.
std::int64_t connections_within(std::int64_t open_files, std::int64_t wanted);

}  // namespace longshore::server
