#include "bench/load/grpc_link.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bench/load/paced_body.h"
#include "net/channel.h"

namespace longshore::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Io = HttpConnection::Io;
using std::chrono::steady_clock;

constexpr std::size_t kOutputBytes = 256 * 1024;
constexpr std::size_t kInputBytes = 16 * 1024;
constexpr std::size_t kPrefixBytes = 5;  // of a gRPC message
constexpr std::int64_t kPacedPieceBytes = 64 * 1024;
constexpr Millis kStall{30'000};

void require(ssize_t result) {
  if (result < 0) throw std::runtime_error(nghttp2_strerror(static_cast<int>(result)));
}

std::uint8_t* octets(std::string& text) {
  return static_cast<std::uint8_t*>(static_cast<void*>(text.data()));
}
std::string_view text_of(const std::uint8_t* data, std::size_t length) {
  return {static_cast<const char*>(static_cast<const void*>(data)), length};
}

}  // namespace

/// What one call sends and has received.
class GrpcLink::Stream {
 public:
  explicit Stream(GrpcCall call) : call_(std::move(call)) {
    for (const Stretch& stretch : call_.stretches) pattern_size_ += stretch.pattern_bytes;
  }

  std::string answer;
  std::string status;
  std::string message;
  bool closed = false;
  bool deferred = false;  // nghttp2 waits to be told that it is time for more

  /// As much as fits; 0 at the end, or while it is not yet time for more.
  std::size_t read(MutableBytes out) {
    std::size_t filled = 0;
    while (filled < out.size() && !call_.stretches.empty()) {
      const std::size_t bytes = read_front(out.subspan(filled));
      if (bytes == 0) break;
      filled += bytes;
    }
    return filled;
  }
  [[nodiscard]] bool all_read() const { return call_.stretches.empty(); }

  /// When the next piece may be sent; nullopt: at once.
  [[nodiscard]] std::optional<steady_clock::time_point> due() const {
    if (call_.pace == Millis{0} || pattern_given_ == 0) return std::nullopt;
    const std::int64_t pieces = pattern_given_ / kPacedPieceBytes;
    return began_ + call_.pace * (pieces * kPacedPieceBytes) / pattern_size_;
  }

 private:
  std::size_t read_front(MutableBytes out) {
    Stretch& front = call_.stretches.front();
    ByteView bytes = as_bytes(front.text);
    if (bytes.empty()) bytes = pattern(std::min(front.pattern_bytes, may_be_given()));
    bytes = bytes.first(std::min(bytes.size(), out.size()));
    std::ranges::copy(bytes, out.begin());
    if (front.text.empty()) {
      front.pattern_bytes -= std::ssize(bytes);
      pattern_given_ += std::ssize(bytes);
    } else {
      front.text.erase(0, bytes.size());
    }
    if (front.text.empty() && front.pattern_bytes == 0) call_.stretches.pop_front();
    return bytes.size();
  }

  [[nodiscard]] std::int64_t may_be_given() const {
    const auto when = due();
    if (when && *when > steady_clock::now()) return 0;
    return call_.pace == Millis{0} ? pattern_size_ : kPacedPieceBytes - pattern_given_ % kPacedPieceBytes;
  }

  GrpcCall call_;
  const steady_clock::time_point began_ = steady_clock::now();
  std::int64_t pattern_size_ = 0;
  std::int64_t pattern_given_ = 0;
};

struct GrpcLink::Callbacks {
  static Stream& stream(void* link) { return *static_cast<GrpcLink*>(link)->stream_; }

  static int header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_length,
                    const std::uint8_t* value, std::size_t value_length, std::uint8_t, void* link) {
    if (text_of(name, name_length) == "grpc-status") stream(link).status = text_of(value, value_length);
    if (text_of(name, name_length) == "grpc-message") stream(link).message = text_of(value, value_length);
    return 0;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* bytes, std::size_t length,
                  void* link) {
    stream(link).answer += text_of(bytes, length);
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t, std::uint32_t, void* link) {
    stream(link).closed = true;
    return 0;
  }
  static ssize_t read(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t length,
                      std::uint32_t* flags, nghttp2_data_source*, void* link) {
    const std::size_t bytes = stream(link).read(std::as_writable_bytes(std::span(out, length)));
    if (stream(link).all_read()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (bytes == 0) {
      stream(link).deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(bytes);
  }
};

void GrpcLink::Deleter::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

GrpcLink::GrpcLink(HttpEndpoint server, Timers& timers) : server_(std::move(server)), timers_(timers) {}
GrpcLink::~GrpcLink() = default;

asio::awaitable<void> GrpcLink::connect() {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::make_address(server_.host), server_.port}, asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
  socket.non_blocking(true);
  connection_ = std::make_unique<HttpConnection>(std::make_unique<PlainChannel>(std::move(socket)), timers_);
  nghttp2_session_callbacks* callbacks = nullptr;
  require(nghttp2_session_callbacks_new(&callbacks));
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::closed);
  nghttp2_session* session = nullptr;
  require(nghttp2_session_client_new(&session, callbacks, this));
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  require(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0));
}

void GrpcLink::fill_output() {
  while (output_.size() < kOutputBytes) {
    const std::uint8_t* frame = nullptr;
    const ssize_t bytes = nghttp2_session_mem_send(session_.get(), &frame);
    require(bytes);
    if (bytes == 0) return;
    output_ += text_of(frame, static_cast<std::size_t>(bytes));
  }
}

/// Writes what may go out now; false: nothing may.
asio::awaitable<bool> GrpcLink::flush() {
  fill_output();
  if (output_.empty()) co_return false;
  if (co_await connection_->write(as_bytes(output_), {}, kStall) != HttpConnection::Written::all)
    throw std::runtime_error("the server takes no more bytes");
  output_.clear();
  co_return true;
}

/// False: there is nothing.
bool GrpcLink::read_what_is_there() {
  std::string input(kInputBytes, '\0');
  std::size_t bytes = 0;
  const Io result = connection_->try_read(std::as_writable_bytes(std::span(input)), bytes);
  if (result == Io::wants_read || result == Io::wants_write) return false;
  if (result != Io::moved) throw std::runtime_error("the server has closed the connection");
  require(nghttp2_session_mem_recv(session_.get(), octets(input), bytes));
  return true;
}

asio::awaitable<std::string> GrpcLink::call(GrpcCall call) {
  if (!connection_) co_await connect();
  HttpFields fields{{":method", "POST"},
                    {":scheme", "http"},
                    {":path", "/longshore.v1.UploadService/" + call.method},
                    {":authority", server_.authority()},
                    {"te", "trailers"},
                    {"content-type", "application/grpc"}};
  fields.insert(fields.end(), call.metadata.begin(), call.metadata.end());
  std::vector<nghttp2_nv> list;
  for (HttpField& field : fields)
    list.push_back({octets(field.name), octets(field.value), field.name.size(), field.value.size(),
                    NGHTTP2_NV_FLAG_NONE});
  const nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read};
  stream_ = std::make_unique<Stream>(std::move(call));
  const std::int32_t id = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(), &provider,
                                                 nullptr);
  require(id);

  while (!stream_->closed) {
    const bool sent = co_await flush();
    if (read_what_is_there() || sent) continue;
    if (std::exchange(stream_->deferred, false)) {
      const auto due = stream_->due();
      if (due && *due > steady_clock::now())
        co_await timers_.sleep_for(std::chrono::ceil<Millis>(*due - steady_clock::now()));
      require(nghttp2_session_resume_data(session_.get(), id));
    } else if (!co_await connection_->wait(Io::wants_read, kStall)) {  // the window is shut, or all is sent
      throw std::runtime_error("the server does not answer");
    }
  }
  if (stream_->status != "0" || stream_->answer.size() < kPrefixBytes)
    throw std::runtime_error("gRPC status " + stream_->status + " " + stream_->message);
  co_return stream_->answer.substr(kPrefixBytes);
}

}  // namespace longshore::bench
