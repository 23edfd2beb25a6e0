#include "relay/verified_body.h"

#include <string>
#include <utility>

#include "domain/error.h"

namespace longshore {

VerifiedBody::VerifiedBody(BodySource& inner, BodyExpectation expected)
    : inner_(inner), expected_(std::move(expected)) {
  if (expected_.sha256 || expected_.compute_sha256) sha_.emplace();
}

Task<ByteView> VerifiedBody::next() {
  if (verified_) co_return ByteView{};
  const ByteView piece = expected_.size == bytes_ ? ByteView{} : co_await inner_.next();
  bytes_ += static_cast<std::int64_t>(piece.size());
  crc_.update(piece);
  if (sha_) sha_->update(piece);
  if (expected_.size && bytes_ > *expected_.size)
    throw invalid_field("size", "the body has more bytes than announced, " + std::to_string(*expected_.size));
  const bool ended = expected_.size ? bytes_ == *expected_.size || piece.empty() : piece.empty();
  if (ended) verify();
  co_return piece;
}

bool VerifiedBody::rewind() {
  if (!inner_.rewind()) return false;
  crc_ = {};
  if (sha_) sha_.emplace();
  sha256_base64_.clear();
  bytes_ = 0;
  verified_ = false;
  return true;
}

void VerifiedBody::verify() {
  if (expected_.size && bytes_ < *expected_.size)
    throw Error{Reason::body_cut_off, "the body ended after " + std::to_string(bytes_) + " of " +
                                          std::to_string(*expected_.size) +
                                          " bytes; nothing was stored, send it again"};
  if (expected_.crc32c && *expected_.crc32c != crc_.value())
    throw Error{Reason::digest_mismatch, "the body has the CRC32C " + crc32c_to_base64(crc_.value()) +
                                             ", announced was " + crc32c_to_base64(*expected_.crc32c) +
                                             "; nothing was stored, send it again"};
  if (sha_) {
    const Sha256Digest digest = sha_->finish();
    sha256_base64_ = sha256_to_base64(digest);
    if (expected_.sha256 && *expected_.sha256 != digest)
      throw Error{Reason::digest_mismatch, "the body has the SHA-256 " + sha256_base64_ + ", announced was " +
                                               sha256_to_base64(*expected_.sha256) +
                                               "; nothing was stored, send it again"};
  }
  verified_ = true;
}

}  // namespace longshore
