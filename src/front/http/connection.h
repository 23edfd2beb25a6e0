#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "front/common/client_socket.h"
#include "front/http/head_scanner.h"
#include "net/client_shares.h"

namespace longshore::http {

/// A client's connection: a few bytes are read ahead of what is parsed; bodies go past them, straight into
/// their own buffers.
class Connection : public ClientSocket {
 public:
  /// A whole header fits, and the line end that some clients leave before it.
  static constexpr std::size_t kAheadBytesMax = kHeadBytesMax + 2;

  /// `small`: where the memory of a long header is counted.
  Connection(boost::asio::ip::tcp::socket socket, Timers& timers, Patience writing,
             std::shared_ptr<ClientShares> small)
      : ClientSocket(std::move(socket), timers, writing), small_(std::move(small)) {}

  // What was read ahead and is not consumed yet.
  [[nodiscard]] std::string_view ahead() const { return {ahead_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);

  /// Reads ahead what is there, without waiting. Throws Error busy where there is no memory for a long
  /// header.
  Read try_read_ahead();

 private:
  void make_room();

  const std::shared_ptr<ClientShares> small_;
  ClientShares::Share long_header_;
  std::vector<char> ahead_;  // its bytes from begin_ to end_ wait
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace longshore::http
