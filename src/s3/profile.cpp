#include "s3/profile.h"

#include <algorithm>

namespace longshore::s3 {
namespace {

constexpr Millis kDay = std::chrono::hours{24};

// Each line as of 2026, by the stores' documentation and code.
constexpr Profile kProfiles[] = {
    {.name = "any"},
    {.name = "aws", .object_bytes_max = 50'000 * GiB, .complete_twice_harmless = true},
    {.name = "minio", .complete_twice_harmless = true, .unfinished_lifetime = kDay},
    {.name = "garage", .lists_versions = false},
    {.name = "ceph"},  // of two completions at once the second has destroyed live parts
    {.name = "r2",
     .equal_parts = true,
     .object_bytes_max = 5 * TiB - 5 * GiB,
     .lists_versions = false,
     .unfinished_lifetime = 7 * kDay},
    {.name = "b2", .object_bytes_max = 10'000'000'000'000},
    {.name = "gcs", .lists_versions = false},  // generations, which only its own API deletes one by one
    {.name = "wasabi"},
    {.name = "scaleway", .parts_max = 1000},
    // Above 1,000 uploads in a bucket the lists of these two leave some out.
    {.name = "ecs", .lists_uploads = false},
    {.name = "storagegrid", .lists_uploads = false, .unfinished_lifetime = 15 * kDay},
};

struct Host {
  std::string_view suffix;
  std::string_view profile;
};

constexpr Host kHosts[] = {
    {".amazonaws.com", "aws"},  {".amazonaws.com.cn", "aws"},      {".r2.cloudflarestorage.com", "r2"},
    {".backblazeb2.com", "b2"}, {"storage.googleapis.com", "gcs"}, {".wasabisys.com", "wasabi"},
    {".scw.cloud", "scaleway"},
};

struct Server {
  std::string_view prefix;
  std::string_view profile;
};

constexpr Server kServers[] = {
    {"MinIO", "minio"},   {"AmazonS3", "aws"}, {"Ceph Object Gateway", "ceph"},
    {"Garage", "garage"}, {"ViPR", "ecs"},     {"StorageGRID", "storagegrid"},
};

}  // namespace

const Profile* find_profile(std::string_view name) {
  const auto* const found = std::ranges::find(kProfiles, name, &Profile::name);
  return found == std::end(kProfiles) ? nullptr : found;
}

const Profile& profile_of(const HttpEndpoint& endpoint) {
  const auto* const found = std::ranges::find_if(
      kHosts, [&](const Host& host) { return endpoint.host.ends_with(host.suffix); });
  return *find_profile(found == std::end(kHosts) ? "any" : found->profile);
}

const Profile* profile_of_server(std::string_view server) {
  const auto* const found = std::ranges::find_if(
      kServers, [&](const Server& known) { return server.starts_with(known.prefix); });
  return found == std::end(kServers) ? nullptr : find_profile(found->profile);
}

void narrow(StoreLimits& limits, const Profile& profile) {
  limits.equal_parts = limits.equal_parts || profile.equal_parts;
  limits.parts_max = std::min(limits.parts_max, profile.parts_max);
  limits.part_bytes_max = std::min(limits.part_bytes_max, profile.part_bytes_max);
  limits.object_bytes_max = std::min(limits.object_bytes_max, profile.object_bytes_max);
}

}  // namespace longshore::s3
