#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/hash.h"
#include "net/http_body.h"
#include "ports/body_source.h"
#include "s3/checksum.h"

namespace longshore::s3 {

/// A body of the port on its way to S3: of exactly the announced size, its checksum computed as it passes.
/// The last byte, or with a trailer the end of the coding, is sent only when the source has ended well: of a
/// body that breaks off, is too long or too short, the request is never whole and nothing is stored.
///
/// With a trailer it is aws-chunked: frames of `size-in-hex CRLF bytes CRLF`, one of size 0, and then
/// `x-amz-checksum-...:value CRLF CRLF`.
class OutgoingBody final : public HttpBody {
 public:
  /// Bytes of a frame, the last one excepted: what the AWS SDKs use, so what stores are used to.
  static constexpr std::int64_t kFrameBytes = 1024 * 1024;

  /// The source outlives it.
  OutgoingBody(BodySource& source, std::int64_t size, std::optional<ChecksumAlgorithm> trailer)
      : source_(source),
        size_(size),
        trailer_(trailer),
        checksum_(trailer.value_or(ChecksumAlgorithm::crc32c)) {
    restart();
  }

  [[nodiscard]] std::optional<std::int64_t> length() const override;
  /// Throws Error integrity, refused, where the source has another size than announced.
  Task<ByteView> next() override;
  bool rewind() override;
  [[nodiscard]] bool may_rewind() const override { return source_.may_rewind(); }

  /// For a body whose length() is 0: next() is never called.
  Task<void> expect_end();
  /// Of all bytes that were given so far: the trailer's one, or else CRC32C.
  [[nodiscard]] const RunningChecksum& checksum() const { return checksum_; }

 private:
  void restart();
  Task<void> pull();
  Task<ByteView> next_plain();
  Task<ByteView> next_framed();
  ByteView take(std::int64_t bytes_max);
  ByteView text(std::string piece);
  [[nodiscard]] std::int64_t next_frame_bytes() const;
  [[nodiscard]] std::string trailer_text() const;

  BodySource& source_;
  const std::int64_t size_;
  const std::optional<ChecksumAlgorithm> trailer_;
  bool pulled_ = false;  // something, ever

  // Of the current pass.
  std::int64_t unpulled_ = 0;  // bytes that the source has yet to give
  ByteView rest_;              // of its last piece
  std::optional<std::byte> last_byte_;
  std::int64_t frame_left_ = 0;
  bool framed_any_ = false;
  RunningChecksum checksum_;
  std::string text_;  // between frames
};

}  // namespace longshore::s3
