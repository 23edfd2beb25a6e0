#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace longshore {

/// RFC 9562 UUIDs in lower-case text form (36 characters).
std::string uuid_v7(Time now, Random& random);                                // time-ordered, random tail
std::string uuid_v5(std::string_view namespace_uuid, std::string_view name);  // SHA-1 of namespace and name

/// `bytes` random bytes in lower-case hex: attempt ids, upload tokens.
std::string random_hex(Random& random, std::size_t bytes);

}  // namespace longshore
