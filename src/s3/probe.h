#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/client.h"
#include "s3/profile.h"

/// What a store is found to be able to do, by trying it at a key of its own in the bucket. Nothing is left
/// there.
namespace longshore::s3 {

/// The prefix of the keys that are written to; each has a random end.
inline constexpr const char* kProbePrefix = "longshore-probe/";

struct Found {
  ChecksumPlan checksums;
  const Profile* profile = nullptr;  // by what the server calls itself; nullptr: not known
  bool in_doubt = false;  // the store may take more: some way came upon an error of its own. Not kept

  bool operator==(const Found&) const = default;
};

/// As it is kept (docs/formats/catalog.md): "2 minio CRC32C full".
std::string text_of(const Found& found);
/// nullopt: it is not of that form.
std::optional<Found> found_of(std::string_view text);

/// All of it outlives the probe.
struct ProbeTools {
  Client& client;
  Random& random;
  Timers& timers;
};

/// Tries the ways of these algorithms, the best one first: a checksum of the whole before a composite one. A
/// way counts if the store shows the checksum that it has computed. No algorithms: nothing is tried but what
/// the server calls itself. Throws Error: the store does not answer, or does not let us in.
/// Cancelled, it cleans up before it ends, for some seconds at most.
Task<Found> probe(ProbeTools tools, std::vector<ChecksumAlgorithm> algorithms);

}  // namespace longshore::s3
