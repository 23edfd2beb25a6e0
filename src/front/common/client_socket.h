#pragma once

#include <exception>

#include <boost/asio/ip/tcp.hpp>

#include "base/bytes.h"
#include "front/common/patience.h"
#include "net/timers.h"
#include "ports/body_source.h"

namespace longshore {

/// There is nobody left to answer: the client went away, or took its answer too slowly.
class ConnectionLost : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the connection is lost"; }
};

/// A client's socket, non-blocking: what can be moved at once is moved at once, and only then is it waited.
/// Used on the socket's executor alone.
class ClientSocket {
 public:
  ClientSocket(boost::asio::ip::tcp::socket socket, Timers& timers, Patience writing);

  enum class Read { some, nothing_now, ended };
  /// Reads into `out` (not empty) what is there, without waiting. ended: also when the connection was reset.
  Read try_read(MutableBytes out, std::size_t& bytes);

  /// False: there was nothing to read for `limit`.
  Task<bool> wait_readable(Millis limit);

  /// All of both. Throws ConnectionLost.
  Task<void> write(ByteView first, ByteView second = {});

  /// The client has closed its side or is gone, as far as the kernel knows; bytes that wait to be read say
  /// that it is there.
  bool peer_has_ended();

  /// Closes so that the client can read the answer although it is still sending: ends our side, then reads on
  /// for a while and throws it away (closing at once would reset the connection, and the answer be lost with
  /// it).
  Task<void> linger();
  /// The client finds our side at its end; it may still send.
  void end_sending();
  /// Nothing moves any more: whoever waits for the socket finds it at its end.
  void shut_down();
  void close();

  [[nodiscard]] boost::asio::ip::address remote_address() const { return remote_; }
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  Task<void> wait_writable();
  Task<void> discard_until_end();

  boost::asio::ip::tcp::socket socket_;
  Timers& timers_;
  Patience writing_;
  boost::asio::ip::address remote_;
};

}  // namespace longshore
