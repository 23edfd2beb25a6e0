#pragma once

#include <optional>

#include "base/clock.h"
#include "domain/times.h"
#include "s3/client.h"
#include "s3/profile.h"

namespace longshore::s3 {

enum class ChecksumChoice {
  automatic,  // the best way that the store takes, of CRC32C where it has the choice
  crc32c,     // likewise of this one, and a store that takes none is refused
  crc64nvme,  // likewise
  none,
};

struct S3Options {
  Place place;
  const Profile* profile = nullptr;  // nullptr: by the endpoint, or by what the server calls itself
  ChecksumChoice checksums = ChecksumChoice::automatic;
  std::optional<Millis> unfinished_lifetime;         // where the profile does not know better
  Millis completion_deadline = kCompletionDeadline;  // at most that
  ClientOptions client;
};

}  // namespace longshore::s3
