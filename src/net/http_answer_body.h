#pragma once

#include <cstddef>
#include <cstdint>

#include "net/chunk_framing.h"
#include "net/http_connection.h"
#include "net/http_head.h"

namespace longshore {

/// The body of an answer, as its head has framed it, out of a connection, without waiting.
class AnswerBody {
 public:
  using Io = HttpConnection::Io;

  AnswerBody(HttpConnection& connection, const AnswerFraming& framing)
      : connection_(connection), kind_(framing.body), length_left_(framing.length) {}

  /// Reads what is there into `out`, not empty. ended: it was whole; failed: the connection ended before.
  /// Throws ChunkFault.
  Io try_read(MutableBytes out, std::size_t& bytes);

  [[nodiscard]] bool at_end() const;

 private:
  [[nodiscard]] std::int64_t data_left() const;
  Io take_framing();
  Io move_data(MutableBytes out, std::size_t& bytes);

  HttpConnection& connection_;
  AnswerFraming::Body kind_;  // none once it has ended by its connection
  std::int64_t length_left_;  // length
  ChunkFraming chunks_;       // chunked
};

}  // namespace longshore
