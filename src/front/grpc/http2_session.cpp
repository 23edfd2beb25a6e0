#include "front/grpc/http2_session.h"

#include <array>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "front/grpc/http2_callbacks.h"

namespace longshore::grpc {
namespace {

/// Never what holds a client up: the windows of its streams do.
constexpr std::int32_t kConnectionWindowBytes = 16 * 1024 * 1024;

/// A header of kMetadataBytesMax needs no CONTINUATION; with these it may be 64 KiB, so that somewhat too
/// large is answered and not cut off.
constexpr std::size_t kContinuationsMax = 3;

/// Frames that wait for a client to read: a hundred answers have some five hundred.
constexpr std::size_t kFramesWaitingMax = 1000;

/// As many bytes that are handed to nobody cost as much as a frame that carries nothing. What arrives of a
/// body after its call was answered, 32 MiB at once, ends no connection.
constexpr std::int64_t kIgnoredBytes = 16 * 1024;
constexpr std::size_t kFrameHeadBytes = 9;

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

std::unique_ptr<nghttp2_option, OptionDeleter> make_options() {
  nghttp2_option* made = nullptr;
  require(nghttp2_option_new(&made));
  std::unique_ptr<nghttp2_option, OptionDeleter> option(made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_max_continuations(made, kContinuationsMax);
  return option;
}

}  // namespace

void Http2Session::Deleter::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

Http2Session::Http2Session(Http2Events& events) : events_(events), budget_(FrameBudget::Steady::now()) {
  nghttp2_session* made = nullptr;
  require(nghttp2_session_server_new2(&made, Callbacks::make().get(), this, make_options().get()));
  session_.reset(made);
  constexpr std::uint32_t kYes = 1;
  constexpr std::array kSettings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreamsMax},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kFirstWindowBytes},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, RequestHead::kMetadataBytesMax},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, kYes},
  };
  require(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size()));
  require(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes));
}

Http2Session::~Http2Session() = default;

// ---- in

std::size_t Http2Session::receive(ByteView input) {
  const auto* octets = static_cast<const std::uint8_t*>(static_cast<const void*>(input.data()));
  const ssize_t taken = nghttp2_session_mem_recv(session_.get(), octets, input.size());
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (taken > 0) count_ignored(taken);
  const bool asks_for_too_much = taken == NGHTTP2_ERR_FLOODED ||
                                 nghttp2_session_get_outbound_queue_size(session_.get()) > kFramesWaitingMax;
  if (flooded_ || asks_for_too_much) {
    require(nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM));
    throw Http2Failure(flooded_ ? "more frames that carry nothing than a client may send"
                                : "the client asks for more than it reads");
  }
  if (taken < 0) throw Http2Failure(nghttp2_strerror(static_cast<int>(taken)));
  return static_cast<std::size_t>(taken);
}

void Http2Session::begin_frame(std::uint8_t type, std::size_t length, std::uint8_t flags) {
  if (type != NGHTTP2_CONTINUATION) header_of_.reset();  // a refused one is not told to be whole
  const bool is_data = type == NGHTTP2_DATA;
  if (!is_data) ignored_bytes_ -= static_cast<std::int64_t>(kFrameHeadBytes + length);
  if (is_data && length == 0 && (flags & NGHTTP2_FLAG_END_STREAM) != 0) return;
  spend();
}

void Http2Session::body_bytes_taken(std::size_t bytes) {
  budget_.earn(FrameBudget::kSomeData);
  ignored_bytes_ -= static_cast<std::int64_t>(bytes);
}

/// nghttp2 tells of no frame of an unknown type, no padding, and no data of streams that are closed.
void Http2Session::count_ignored(std::int64_t bytes_received) {
  ignored_bytes_ += bytes_received;
  for (; ignored_bytes_ >= kIgnoredBytes; ignored_bytes_ -= kIgnoredBytes) spend();
}

void Http2Session::spend() {
  if (!budget_.spend(FrameBudget::Steady::now())) flooded_ = true;
}

void Http2Session::header_complete(StreamId stream) {
  Stream* opened = find(stream);
  if (opened == nullptr) return;
  opened->announced = events_.on_request(stream, std::move(opened->head));
  if (opened->announced) {
    budget_.earn(FrameBudget::kACall);
  } else {
    require(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_REFUSED_STREAM));
  }
}

/// Until now our windows were those of the protocol, and nghttp2 has just moved all of them by the
/// difference.
void Http2Session::settings_acknowledged() {
  settings_acknowledged_ = true;
  for (const auto& [id, stream] : streams_) {
    if (stream.window) set_window(id, *stream.window);
  }
}

void Http2Session::closed(StreamId stream) {
  if (header_of_ == stream) header_of_.reset();
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  const bool announced = found->second.announced;
  streams_.erase(found);
  if (announced) events_.on_closed(stream);
}

Http2Session::Stream* Http2Session::find(StreamId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

// ---- windows and the connection

void Http2Session::open_window(StreamId stream, std::int32_t bytes) {
  Stream* open = find(stream);
  if (open == nullptr) return;
  open->window = bytes;
  set_window(stream, bytes);
}

void Http2Session::set_window(StreamId stream, std::int32_t bytes) {
  require(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, stream, bytes));
}

void Http2Session::give_back(StreamId stream, std::size_t bytes) {
  if (find(stream) != nullptr) require(nghttp2_session_consume_stream(session_.get(), stream, bytes));
}

void Http2Session::ping() { require(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr)); }

void Http2Session::announce_end() { require(nghttp2_submit_shutdown_notice(session_.get())); }

void Http2Session::refuse_new_streams() {
  require(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                                nullptr, 0));
}

}  // namespace longshore::grpc
