#pragma once

#include <cstdint>
#include <exception>
#include <optional>

#include "base/hash.h"
#include "ports/body_source.h"
#include "relay/spare_bytes.h"

namespace longshore {

/// What is known of a body before its first byte; each is verified.
struct BodyExpectation {
  std::optional<std::int64_t> size;
  std::optional<std::uint32_t> crc32c;
  std::optional<Sha256Digest> sha256;
  bool compute_sha256 = false;  // also where nothing is to be compared
};

/// A body whose length and digests are verified on the way. The piece that makes it whole is given away only
/// once everything is right: whoever writes to a store has not sent it yet, so what is wrong is never stored.
/// The last piece stays where the inner source keeps it. Throws Error body_cut_off, digest_mismatch,
/// invalid_request (more bytes than announced).
///
/// It goes back to its first byte if the inner source does, or while what has passed is still kept in spare
/// memory; bytes that came from there are taken away by whoever needs the memory, also in the middle: then
/// next() throws store_unavailable, to be tried again by whoever sent the body.
class VerifiedBody final : public BodySource {
 public:
  /// `spare`: what passes is kept there, if that may be of use at all; nullptr: nothing is kept. Outlives the
  /// body.
  VerifiedBody(BodySource& inner, BodyExpectation expected, BufferPool* spare);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return expected_.size; }
  Task<ByteView> next() override;
  void release() override;
  bool rewind() override;
  [[nodiscard]] bool may_rewind() const override;

  /// Of all bytes seen so far; of the whole once next() has given its last piece.
  [[nodiscard]] std::uint32_t crc32c() const { return crc_.value(); }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// Base64; empty unless compute_sha256 or sha256 was set and the body has ended.
  [[nodiscard]] const std::string& sha256_base64() const { return sha256_base64_; }

 private:
  /// A second passage of what was kept.
  struct Replay {
    BufferPool::Buffer buffer;
    std::int64_t given = 0;
  };

  void begin();
  Task<ByteView> next_fresh();
  ByteView next_kept();
  void verify();

  BodySource& inner_;
  BodyExpectation expected_;
  const bool inner_rewinds_;
  BufferPool* spare_;
  std::optional<SpareBytes> kept_;
  std::optional<Replay> replay_;
  Crc32c crc_;
  std::optional<Sha256> sha_;
  std::string sha256_base64_;
  std::int64_t bytes_ = 0;
  bool verified_ = false;
  std::exception_ptr failure_;
};

}  // namespace longshore
