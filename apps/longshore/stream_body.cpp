#include "apps/longshore/stream_body.h"

#include <cerrno>
#include <optional>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include "apps/longshore/failure.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPieceBytes = 256 * KiB;
/// A silent stream is looked at this often, so that a cancelled request does not wait for its next byte.
constexpr int kLookPeriodMs = 100;

/// What one read gives (0: the end), nullopt while there is nothing to read yet.
std::optional<std::size_t> read_available(int descriptor, MutableBytes into) {
  pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, kLookPeriodMs) == 0) return std::nullopt;
  const ssize_t count = ::read(descriptor, into.data(), into.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EINTR || errno == EAGAIN) return std::nullopt;
  throw Failure(reasons::kFileError, "the standard input: " + std::generic_category().message(errno));
}

}  // namespace

StreamBody::StreamBody(int descriptor, BlockingPool& pool, std::int64_t& bytes_sent)
    : descriptor_(descriptor), pool_(pool), bytes_sent_(bytes_sent) {}

asio::awaitable<ByteView> StreamBody::next() {
  piece_.resize(kPieceBytes);
  std::optional<std::size_t> count;
  while (!count) {
    count = co_await pool_.run([this] { return read_available(descriptor_, piece_); });
  }
  begun_ = true;
  bytes_sent_ += static_cast<std::int64_t>(*count);
  co_return ByteView(piece_).first(*count);
}

}  // namespace longshore::cli
