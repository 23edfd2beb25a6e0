#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "ports/body_source.h"
#include "s3/client.h"

namespace longshore::s3 {

/// Whether an answer brings exactly this range: who gets fewer bytes had asked for some that are not there.
bool brings(const Reply& reply, const ByteRange& range);

/// An object's bytes on their way from S3: read from the socket when they are asked for. Read once. Where
/// they break off the rest is asked for, a few times, of the same object alone, by its ETag. Throws Error:
/// store_unavailable where that does not help, store_refused where the object has become another one.
class IncomingBody final : public BodySource {
 public:
  static constexpr int kResumesMax = 3;

  /// What was asked for: `first` is the first byte of it within the object.
  struct Origin {
    ObjectKey key;
    std::string version_id;
    std::int64_t first = 0;
  };

  /// `client` outlives it. `length`: nullopt: the store does not tell.
  IncomingBody(Client& client, Reply reply, Origin origin, std::optional<std::int64_t> length)
      : client_(client),
        reply_(std::move(reply)),
        origin_(std::move(origin)),
        length_(length),
        etag_(reply_.field("etag")) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return length_; }
  Task<ByteView> next() override;
  void release() override { reply_.http.release(); }

 private:
  Task<bool> resume();

  Client& client_;
  Reply reply_;
  const Origin origin_;
  const std::optional<std::int64_t> length_;
  const std::string etag_;  // as the store writes it
  std::int64_t given_ = 0;
  int resumes_ = 0;
};

}  // namespace longshore::s3
