#pragma once

#include <cstddef>

#include <boost/asio/generic/stream_protocol.hpp>

#include "base/bytes.h"

namespace longshore {

/// A connected socket of any kind: TCP, or a Unix socket.
using StreamSocket = boost::asio::generic::stream_protocol::socket;

/// Bytes to and from a peer, plain or by TLS, without ever waiting: an operation that cannot go on says what
/// the socket must become first. One caller may read while another one writes, on the socket's executor.
class Channel {
 public:
  enum class Io {
    moved,        // some bytes
    wants_read,   // nothing now: again when the socket is readable
    wants_write,  // nothing now: again when it is writable
    ended,        // the peer has ended its side in due form
    failed,       // the connection is broken
  };

  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// `out` is not empty; `bytes` is 0 unless moved.
  virtual Io read(MutableBytes out, std::size_t& bytes) = 0;
  /// One of the two is not empty. After wants_... it must be called again with the same bytes in front.
  virtual Io write(ByteView first, ByteView second, std::size_t& bytes) = 0;

  virtual StreamSocket& socket() = 0;
};

/// Over the bare socket, which is non-blocking.
class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(StreamSocket socket) : socket_(std::move(socket)) {}

  Io read(MutableBytes out, std::size_t& bytes) override;
  Io write(ByteView first, ByteView second, std::size_t& bytes) override;
  StreamSocket& socket() override { return socket_; }

 private:
  StreamSocket socket_;
};

}  // namespace longshore
