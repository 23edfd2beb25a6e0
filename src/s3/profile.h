#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "domain/limits.h"
#include "net/http_message.h"

/// What is known of stores beforehand, where they differ from AWS and cannot be asked. Pure.
namespace longshore::s3 {

struct Profile {
  std::string_view name;
  bool equal_parts = false;  // every part but the last must have one size
  std::int32_t parts_max = 10'000;
  std::int64_t part_bytes_max = 5 * GiB;
  std::int64_t object_bytes_max = 5 * TiB;
  /// A second completion of an upload, also while the first one runs, changes nothing.
  bool complete_twice_harmless = false;
  bool lists_uploads = true;                       // all of a key, however many others there are
  bool lists_versions = true;                      // else there are none, or they go by other rules than S3's
  std::optional<Millis> unfinished_lifetime = {};  // after which it ends unfinished uploads by itself
};

/// "aws", "minio" and so on; nullptr: none of that name.
const Profile* find_profile(std::string_view name);
/// By the host of the endpoint ("auto"): the store's own one, or what holds for any store.
const Profile& profile_of(const HttpEndpoint& endpoint);
/// By the Server field of an answer, where the host says nothing; nullptr: not known.
const Profile* profile_of_server(std::string_view server);

/// The profile's limits where they are narrower.
void narrow(StoreLimits& limits, const Profile& profile);

}  // namespace longshore::s3
