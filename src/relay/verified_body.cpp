#include "relay/verified_body.h"

#include <string>
#include <utility>

#include "domain/error.h"

namespace longshore {
namespace {

/// A body that is larger than this share of the budget is not kept: it would soon be given up, and take what
/// others keep along.
constexpr std::int64_t kKeptShare = 4;

bool is_worth_keeping(const BodyExpectation& expected, const BufferPool& pool) {
  return expected.size && *expected.size <= pool.budget_bytes() / kKeptShare;
}

}  // namespace

VerifiedBody::VerifiedBody(BodySource& inner, BodyExpectation expected, BufferPool* spare)
    : inner_(inner), expected_(std::move(expected)), inner_rewinds_(inner.rewind()), spare_(spare) {
  begin();
}

void VerifiedBody::begin() {
  crc_ = Crc32c{};
  sha_.reset();
  if (expected_.sha256 || expected_.compute_sha256) sha_.emplace();
  bytes_ = 0;
  verified_ = false;
  if (!inner_rewinds_ && spare_ != nullptr && is_worth_keeping(expected_, *spare_)) kept_.emplace(*spare_);
}

Task<ByteView> VerifiedBody::next() {
  if (failure_) std::rethrow_exception(failure_);
  try {
    if (replay_ && replay_->given < kept_->size()) co_return next_kept();
    replay_.reset();
    co_return co_await next_fresh();
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
}

Task<ByteView> VerifiedBody::next_fresh() {
  if (verified_) co_return ByteView{};
  const ByteView piece = expected_.size == bytes_ ? ByteView{} : co_await inner_.next();
  bytes_ += static_cast<std::int64_t>(piece.size());
  crc_.update(piece);
  if (sha_) sha_->update(piece);
  if (expected_.size && bytes_ > *expected_.size)
    throw invalid_field("size", "the body has more bytes than announced, " + std::to_string(*expected_.size));
  const bool ended = expected_.size ? bytes_ == *expected_.size || piece.empty() : piece.empty();
  if (ended) verify();
  if (kept_) kept_->append(piece);
  co_return piece;
}

ByteView VerifiedBody::next_kept() {
  const auto count = kept_->read(replay_->given, replay_->buffer.bytes());
  if (!count)
    throw unavailable(Reason::store_unavailable,
                      "the store wants the bytes once more, and their memory was needed; send them again",
                      Outcome::retry);
  replay_->given += static_cast<std::int64_t>(*count);
  return replay_->buffer.bytes().first(*count);
}

void VerifiedBody::release() {
  if (!replay_) inner_.release();
}

bool VerifiedBody::rewind() {
  if (failure_) return false;
  if (bytes_ == 0) return true;
  if (inner_rewinds_) {
    inner_.rewind();
    begin();
    return true;
  }
  if (!kept_ || !kept_->is_whole()) return false;
  // Without waiting for it, because the inner source may hold a buffer already.
  BufferPool::Buffer buffer = replay_ ? std::move(replay_->buffer) : spare_->try_acquire();
  replay_.reset();
  if (!buffer || !kept_->is_whole()) return false;
  replay_.emplace(std::move(buffer), 0);
  return true;
}

bool VerifiedBody::may_rewind() const {
  return !failure_ && (inner_rewinds_ || (kept_ && kept_->is_whole()));
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
