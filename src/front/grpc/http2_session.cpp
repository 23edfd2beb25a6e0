#include "front/grpc/http2_session.h"

#include <algorithm>
#include <array>
#include <new>
#include <nghttp2/nghttp2.h>
#include <utility>

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

void require(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (nghttp2_is_fatal(result) != 0) throw Http2Failure(nghttp2_strerror(result));
}

std::uint8_t* as_octets(std::string& text) {
  return static_cast<std::uint8_t*>(static_cast<void*>(text.data()));
}

std::string_view as_view(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {static_cast<const char*>(static_cast<const void*>(bytes.base)), bytes.len};
}

/// What nghttp2 is given of fields, which must live as long; it copies them.
std::vector<nghttp2_nv> as_name_values(Fields& fields) {
  std::vector<nghttp2_nv> list;
  list.reserve(fields.size());
  for (Field& field : fields) {
    list.push_back({as_octets(field.name), as_octets(field.value), field.name.size(), field.value.size(),
                    NGHTTP2_NV_FLAG_NONE});
  }
  return list;
}

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
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

/// What nghttp2 calls. Exceptions do not pass through it: they wait in failure_.
struct Http2Session::Callbacks {
  static Http2Session& self(void* user_data) { return *static_cast<Http2Session*>(user_data); }

  template <class F>
  static int guarded(void* user_data, F call) {
    try {
      return call(self(user_data));
    } catch (...) {
      self(user_data).failure_ = std::current_exception();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) {
    return guarded(user_data, [head](Http2Session& session) {
      session.begin_frame(head->type, head->length, head->flags);
      return 0;
    });
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    return guarded(user_data, [frame](Http2Session& session) {
      session.header_of_ = frame->hd.stream_id;
      if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) session.streams_[frame->hd.stream_id];
      return 0;
    });
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                    std::uint8_t, void* user_data) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers: nothing of a call stands there
    return guarded(user_data, [&](Http2Session& session) {
      if (Stream* stream = session.find(frame->hd.stream_id)) stream->head.add(as_view(name), as_view(value));
      return 0;
    });
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    return guarded(user_data, [frame](Http2Session& session) {
      const StreamId stream = frame->hd.stream_id;
      const bool is_head = frame->hd.type == NGHTTP2_HEADERS;
      if (is_head) session.header_of_.reset();
      if (is_head && frame->headers.cat == NGHTTP2_HCAT_REQUEST) session.header_complete(stream);
      const bool has_body_end = is_head || frame->hd.type == NGHTTP2_DATA;
      if (has_body_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && session.find(stream) != nullptr)
        session.events_.on_request_end(stream);
      if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
        session.settings_acknowledged();
      return 0;
    });
  }
  static int data_chunk(nghttp2_session* raw, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                        std::size_t length, void* user_data) {
    return guarded(user_data, [&](Http2Session& session) {
      require(nghttp2_session_consume_connection(raw, length));
      if (session.find(stream) == nullptr) return 0;
      session.body_bytes_taken(length);
      const ByteView bytes{static_cast<const std::byte*>(static_cast<const void*>(data)), length};
      return session.events_.on_data(stream, bytes) ? 0 : static_cast<int>(NGHTTP2_ERR_PAUSE);
    });
  }
  static int stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user_data) {
    return guarded(user_data, [stream](Http2Session& session) {
      session.closed(stream);
      return 0;
    });
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    return guarded(user_data, [frame](Http2Session& session) {
      session.frame_sent(frame->hd.type, frame->hd.flags, frame->hd.stream_id);
      return 0;
    });
  }
  static ssize_t read_data(nghttp2_session*, std::int32_t stream, std::uint8_t* out, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    ssize_t result = 0;
    const int failed = guarded(user_data, [&](Http2Session& session) {
      const MutableBytes room{static_cast<std::byte*>(static_cast<void*>(out)), length};
      const std::size_t bytes = session.read_unsent(stream, room, *flags);
      const bool nothing_now = bytes == 0 && (*flags & NGHTTP2_DATA_FLAG_EOF) == 0;
      result = nothing_now ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED) : static_cast<ssize_t>(bytes);
      return 0;
    });
    return failed != 0 ? failed : result;
  }

  static std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> make() {
    nghttp2_session_callbacks* made = nullptr;
    require(nghttp2_session_callbacks_new(&made));
    std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> callbacks(made);
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(made, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, stream_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
    return callbacks;
  }
};

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

// ---- out

void Http2Session::take_output(std::string& out, std::size_t bytes_max) {
  while (out.size() < bytes_max) {
    const std::uint8_t* data = nullptr;
    const ssize_t bytes = nghttp2_session_mem_send(session_.get(), &data);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (bytes < 0) require(static_cast<int>(bytes));
    if (bytes <= 0) return;
    out.append(static_cast<const char*>(static_cast<const void*>(data)), static_cast<std::size_t>(bytes));
  }
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

void Http2Session::send_head(StreamId stream, const Fields& fields) {
  Stream* open = find(stream);
  if (open == nullptr) return;
  Fields copied = fields;
  const auto name_values = as_name_values(copied);
  const nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read_data};
  require(nghttp2_submit_response(session_.get(), stream, name_values.data(), name_values.size(), &provider));
}

void Http2Session::send_data(StreamId stream, std::string bytes) {
  Stream* open = find(stream);
  if (open == nullptr || bytes.empty()) return;
  open->unsent.push_back(std::move(bytes));
  resume(stream);
}

void Http2Session::send_trailers(StreamId stream, Fields fields) {
  Stream* open = find(stream);
  if (open == nullptr) return;
  open->trailers = std::move(fields);
  resume(stream);
}

void Http2Session::send_head_alone(StreamId stream, const Fields& fields) {
  if (find(stream) == nullptr) return;
  Fields copied = fields;
  const auto name_values = as_name_values(copied);
  require(nghttp2_submit_response(session_.get(), stream, name_values.data(), name_values.size(), nullptr));
}

std::size_t Http2Session::unsent(StreamId stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return 0;
  std::size_t bytes = 0;
  for (const std::string& piece : found->second.unsent) bytes += piece.size();
  return bytes - found->second.sent_of_first;
}

void Http2Session::resume(StreamId stream) {
  Stream* open = find(stream);
  if (std::exchange(open->deferred, false)) require(nghttp2_session_resume_data(session_.get(), stream));
}

std::size_t Http2Session::read_unsent(StreamId stream, MutableBytes out, std::uint32_t& flags) {
  Stream* open = find(stream);
  if (open == nullptr) return 0;
  std::size_t bytes = 0;
  while (!open->unsent.empty() && bytes < out.size()) {
    const ByteView rest = as_bytes(open->unsent.front()).subspan(open->sent_of_first);
    const ByteView some = rest.first(std::min(rest.size(), out.size() - bytes));
    std::ranges::copy(some, out.subspan(bytes).begin());
    bytes += some.size();
    open->sent_of_first += some.size();
    if (some.size() < rest.size()) break;
    open->unsent.pop_front();
    open->sent_of_first = 0;
  }
  if (open->unsent.empty() && open->trailers) {
    flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    Fields trailers = std::move(*open->trailers);
    const auto name_values = as_name_values(trailers);
    require(nghttp2_submit_trailer(session_.get(), stream, name_values.data(), name_values.size()));
  } else if (bytes == 0) {
    open->deferred = true;
  }
  return bytes;
}

void Http2Session::frame_sent(std::uint8_t type, std::uint8_t flags, StreamId stream) {
  const bool of_answer = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
  if (!of_answer || find(stream) == nullptr) return;
  const bool ended = (flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (ended && nghttp2_session_get_stream_remote_close(session_.get(), stream) == 0) {
    require(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR));
  }
  events_.on_sent(stream);
}

void Http2Session::cancel(StreamId stream) {
  if (find(stream) == nullptr) return;
  require(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL));
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
