#pragma once

#include <string_view>
#include <vector>

#include "front/common/client_socket.h"
#include "front/http/head_scanner.h"

namespace longshore::http {

/// A client's connection: a few bytes are read ahead of what is parsed; bodies go past them, straight into
/// their own buffers.
class Connection : public ClientSocket {
 public:
  /// A whole header fits, and the line end that some clients leave before it.
  static constexpr std::size_t kAheadBytesMax = kHeadBytesMax + 2;

  using ClientSocket::ClientSocket;

  // What was read ahead and is not consumed yet.
  [[nodiscard]] std::string_view ahead() const { return {ahead_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);

  /// Reads ahead what is there, without waiting.
  Read try_read_ahead();

 private:
  std::vector<char> ahead_;  // its bytes from begin_ to end_ wait
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace longshore::http
