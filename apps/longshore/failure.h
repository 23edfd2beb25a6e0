#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/longshore/api_types.h"
#include "base/clock.h"

namespace longshore::cli {

/// Why something the user asked for was not done: the one exception of the client. `reason` is the server's
/// word from its problem+json (an open set: a newer server may say new ones) or one of ours from `reasons`;
/// `detail` is for people and may hold what a server or a file name contained, so it passes through
/// printable() on its way to a terminal.
class Failure : public std::runtime_error {
 public:
  /// What can cure it. `later`: the same request again after a while.
  enum class Cure { none, later };

  Failure(std::string why, const std::string& what_happened, Cure what_helps = Cure::none)
      : std::runtime_error(what_happened), reason(std::move(why)), cure(what_helps) {}

  [[nodiscard]] std::string detail() const { return what(); }

  std::string reason;
  Cure cure;
  std::optional<Millis> retry_after;       // as the server wished
  std::string upload_id;                   // of UPLOAD_IN_PROGRESS: the upload that is in the way
  std::vector<ChunkRange> missing_chunks;  // of MISSING_CHUNKS and CHECKSUM_UNKNOWN
};

/// Reasons that arise on this side.
namespace reasons {
inline constexpr const char* kServerUnreachable = "SERVER_UNREACHABLE";  // refused, reset, timed out, TLS
inline constexpr const char* kProtocol = "PROTOCOL_ERROR";         // the answer is not what the API promises
inline constexpr const char* kFileError = "FILE_ERROR";            // a local file cannot be read or written
inline constexpr const char* kFileChanged = "FILE_CHANGED";        // it changed while it was being sent
inline constexpr const char* kContentDiffers = "CONTENT_DIFFERS";  // bytes and checksum do not fit together
inline constexpr const char* kUsage = "USAGE";                     // the arguments make no sense together
inline constexpr const char* kUploadEnded = "UPLOAD_ENDED";        // also a word of the server's
}  // namespace reasons

}  // namespace longshore::cli
