#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "net/http_answer_body.h"

namespace {

using longshore::AnswerBody;
using longshore::Channel;
using longshore::HttpConnection;

/// Bytes that arrive `step` at a time, and then the end.
class Arriving final : public Channel {
 public:
  Arriving(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}

  Io read(longshore::MutableBytes out, std::size_t& bytes) override {
    bytes = 0;
    if (paused_ = !paused_; paused_) return Io::wants_read;
    bytes = std::min({step_, out.size(), bytes_.size()});
    std::ranges::copy(longshore::as_bytes(bytes_.substr(0, bytes)), out.begin());
    bytes_.remove_prefix(bytes);
    return bytes > 0 ? Io::moved : Io::ended;
  }
  Io write(longshore::ByteView, longshore::ByteView, std::size_t&) override { return Io::failed; }
  longshore::StreamSocket& socket() override { return socket_; }

 private:
  boost::asio::io_context loop_;
  longshore::StreamSocket socket_{loop_};
  std::string_view bytes_;
  std::size_t step_;
  bool paused_ = false;
};

/// Status and body of an answer, or where it went wrong.
std::string verdict(std::string_view input, std::size_t step) {
  longshore::AsioTimers timers;
  HttpConnection connection(std::make_unique<Arriving>(input, step), timers);
  std::size_t size = 0;
  while ((size = longshore::find_head_end(connection.ahead())) == 0) {
    if (connection.ahead().size() == HttpConnection::kAheadBytesMax) return "long head";
    const Channel::Io result = connection.try_read_ahead();
    if (result == Channel::Io::ended) return "no head";
  }
  const auto head = longshore::parse_answer_head(connection.ahead().substr(0, size));
  if (!head) return "bad head";
  const auto framing = longshore::decide_framing(*head, false);
  if (!framing) return "bad framing";
  if (framing->length < 0) std::abort();
  connection.consume(size);

  std::string text = std::to_string(head->status) + "|";
  AnswerBody body(connection, *framing);
  std::vector<std::byte> room(1000);
  try {
    for (Channel::Io result = Channel::Io::moved; result != Channel::Io::ended;) {
      std::size_t bytes = 0;
      result = body.try_read(room, bytes);
      if (result == Channel::Io::failed) return text + "|cut";
      text += longshore::as_text(std::span(room).first(bytes));
    }
  } catch (const longshore::ChunkFault& fault) {
    return text + "|" + fault.what();
  }
  return text + "|whole";
}

}  // namespace

/// An answer is refused or means one thing, however its bytes arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  if (verdict(input, 1) != verdict(input, size + 1)) std::abort();
  return 0;
}
