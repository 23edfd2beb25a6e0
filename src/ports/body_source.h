#pragma once

#include <cstdint>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"

namespace longshore {

template <class T>
using Task = boost::asio::awaitable<T>;

/// A body on its way, pulled piece by piece: whoever writes it to a store asks for the next piece when it is
/// ready for it, so a slow store stops the reading of the client's socket. One consumer, on one executor.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  /// Bytes that it will give in all; nullopt: not known beforehand.
  [[nodiscard]] virtual std::optional<std::int64_t> length() const = 0;

  /// The next piece, never empty before the end; empty at the end and ever after. Valid until the next call
  /// or the end of the source. Throws Error: body_cut_off, request_timeout, digest_mismatch. After a throw
  /// each further call throws too, as a failure is never a clean end; whoever writes must undo: nothing of it
  /// may be stored.
  virtual Task<ByteView> next() = 0;

  /// The last piece is not needed any more: a source that holds memory of the common budget for it gives that
  /// back. For whoever waits for something else before it asks for the next piece.
  virtual void release() {}

  /// Back to the first byte, for another try at the whole: next() gives the same bytes again. False: they are
  /// gone, or a failure came before, and next() goes on as if nobody had asked. True at any time after it was
  /// true before the first byte, but for a source that keeps its bytes in memory that somebody else may need
  /// (relay/verified_body.h).
  virtual bool rewind() { return false; }

  /// False: once anything was pulled, rewind() fails. To be asked also while a piece is waited for: nobody
  /// needs to wait for it in order to begin anew.
  [[nodiscard]] virtual bool may_rewind() const { return true; }
};

}  // namespace longshore
