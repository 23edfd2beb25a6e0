#pragma once

#include "redis/script.h"

namespace longshore::redis {

/// The steps of the session store, each a Lua script that Redis runs as one atomic step
/// (docs/formats/redis.md). Their KEYS are those of session_keys(), in that order.
struct SessionScripts {
  Script create;   // keep_ms, then fields and values -> 1, or 0: something is there
  Script begin;    // chunk, size, crc32c, last, attempt, lifetime_ms -> see session_codec.h
  Script renew;    // chunk, attempt, lifetime_ms -> 1 or 0
  Script drop;     // chunk, attempt
  Script record;   // chunk, attempt, size, crc32c, etag -> see session_codec.h
  Script ledger;   // -> see session_codec.h
  Script summary;  // -> see session_codec.h
  Script merge;    // asked_at, 1 or 0: the last piece, and four for each part: chunk, size, crc32c, etag
  Script repair;   // four for each receipt: chunk, contradicted etag, 1 and the right etag or 0 and ""
  Script close;    // by -> as ledger
  Script reopen;   // by
  Script end;      // kept_ms
};

const SessionScripts& session_scripts();

}  // namespace longshore::redis
