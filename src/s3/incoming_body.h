#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "ports/body_source.h"
#include "s3/client.h"

namespace longshore::s3 {

/// An object's bytes on their way from S3: read from the socket when they are asked for. Read once. Throws
/// Error store_unavailable where they break off.
class IncomingBody final : public BodySource {
 public:
  IncomingBody(Reply reply, std::optional<std::int64_t> length) : reply_(std::move(reply)), length_(length) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return length_; }
  Task<ByteView> next() override;
  void release() override { reply_.http.release(); }

 private:
  Reply reply_;
  const std::optional<std::int64_t> length_;
};

}  // namespace longshore::s3
