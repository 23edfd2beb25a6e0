#pragma once

#include <cstddef>
#include <hiredis/read.h>
#include <memory>
#include <optional>
#include <string_view>

#include "redis/reply.h"

namespace longshore::redis {

/// Makes replies of the bytes that a server sends, however they are cut. Trusts no length: what is longer
/// than a ledger of the largest upload is refused before memory is taken for it.
class ReplyReader {
 public:
  static constexpr int kElementsMax = 250'000;  // names and values of 100,000 chunks, and some
  static constexpr std::size_t kReplyBytesMax = 64U << 20U;

  ReplyReader();

  void feed(std::string_view bytes);
  /// The next whole reply; nullopt: more bytes are needed. Throws std::runtime_error on what is no RESP2, or
  /// too large; then nothing that follows can be understood.
  std::optional<Reply> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t unfinished_bytes_ = 0;  // of the reply that is being read
};

}  // namespace longshore::redis
