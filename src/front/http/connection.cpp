#include "front/http/connection.h"

#include <cstring>
#include <span>
#include <utility>

#include "front/common/client_limits.h"

namespace longshore::http {
namespace {

constexpr std::size_t kAheadBytesUsual = 4 * 1024;  // most headers fit: memory a connection that is not idle

}  // namespace

void Connection::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  long_header_ = {};
  std::vector<char>().swap(ahead_);  // an idle connection holds no memory of this kind
}

void Connection::make_room() {
  if (ahead_.empty()) return ahead_.resize(kAheadBytesUsual);
  if (!long_header_) long_header_ = small_->take(remote_address(), kAheadBytesMax);
  if (!long_header_) throw ClientLimits::small_memory_in_use();
  ahead_.resize(kAheadBytesMax);
}

Connection::Read Connection::try_read_ahead() {
  if (begin_ > 0) {
    std::memmove(ahead_.data(), ahead_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == ahead_.size()) make_room();
  if (end_ == ahead_.size())
    return Read::nothing_now;  // full: whoever parses refuses before it comes to that
  std::size_t bytes = 0;
  const Read result = try_read(std::as_writable_bytes(std::span(ahead_)).subspan(end_), bytes);
  end_ += bytes;
  if (end_ == 0) consume(0);
  return result;
}

}  // namespace longshore::http
