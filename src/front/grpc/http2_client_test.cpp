#include "front/grpc/http2_client_test.h"

#include <algorithm>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include <stdexcept>
#include <utility>
#include <vector>

namespace longshore::grpc {
namespace {

std::uint8_t* as_octets(std::string& text) {
  return static_cast<std::uint8_t*>(static_cast<void*>(text.data()));
}
std::string as_string(const std::uint8_t* data, std::size_t length) {
  return {static_cast<const char*>(static_cast<const void*>(data)), length};
}
void require(int result) {
  if (result < 0) throw std::runtime_error(nghttp2_strerror(result));
}

}  // namespace

std::string StreamAnswer::field(std::string_view name) const {
  for (const Fields* fields : {&trailers, &head}) {
    const auto found = std::ranges::find(*fields, name, &Field::name);
    if (found != fields->end()) return found->value;
  }
  return "";
}

struct Http2Client::Callbacks {
  static Http2Client& self(void* user_data) { return *static_cast<Http2Client*>(user_data); }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                    std::uint8_t, void* user_data) {
    StreamAnswer& answer = self(user_data).answers_[frame->hd.stream_id];
    Fields& fields = frame->headers.cat == NGHTTP2_HCAT_RESPONSE ? answer.head : answer.trailers;
    fields.push_back({as_string(name, name_length), as_string(value, value_length)});
    return 0;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                  std::size_t length, void* user_data) {
    self(user_data).answers_[stream].body += as_string(bytes, length);
    return 0;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Http2Client& client = self(user_data);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      ++client.goaway_;
      client.goaway_code_ = frame->goaway.error_code;
    }
    const bool of_answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (of_answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      client.answers_[frame->hd.stream_id].ended = true;
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user_data) {
    StreamAnswer& answer = self(user_data).answers_[stream];
    answer.closed = true;
    answer.error_code = code;
    return 0;
  }
  static ssize_t read(nghttp2_session*, std::int32_t stream, std::uint8_t* out, std::size_t length,
                      std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    Outgoing& outgoing = self(user_data).outgoing_[stream];
    const std::size_t bytes = std::min(length, outgoing.bytes.size());
    std::memcpy(out, outgoing.bytes.data(), bytes);
    outgoing.bytes.erase(0, bytes);
    if (outgoing.bytes.empty() && outgoing.end) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (bytes == 0) {
      outgoing.deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(bytes);
  }
};

void Http2Client::Deleter::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

Http2Client::Http2Client() {
  nghttp2_session_callbacks* callbacks = nullptr;
  require(nghttp2_session_callbacks_new(&callbacks));
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::closed);
  nghttp2_session* session = nullptr;
  require(nghttp2_session_client_new(&session, callbacks, this));
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  require(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0));
}

Http2Client::~Http2Client() = default;

StreamId Http2Client::call(const std::string& path, const Fields& more, bool end) {
  Fields fields{{":method", "POST"},    {":scheme", "http"}, {":path", path},
                {":authority", "test"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  for (const Field& field : more) {
    const auto same = std::ranges::find(fields, field.name, &Field::name);
    if (same != fields.end()) {
      same->value = field.value;
    } else {
      fields.push_back(field);
    }
  }
  std::vector<nghttp2_nv> list;
  for (Field& field : fields) {
    list.push_back({as_octets(field.name), as_octets(field.value), field.name.size(), field.value.size(),
                    NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read};
  const StreamId stream = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(),
                                                 end ? nullptr : &provider, nullptr);
  require(stream);
  return stream;
}

void Http2Client::send(StreamId stream, std::string bytes, bool end) {
  Outgoing& outgoing = outgoing_[stream];
  outgoing.bytes += bytes;
  outgoing.end = outgoing.end || end;
  if (std::exchange(outgoing.deferred, false)) nghttp2_session_resume_data(session_.get(), stream);
}

void Http2Client::cancel(StreamId stream) {
  require(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL));
}

void Http2Client::ping() { require(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr)); }

void Http2Client::close_windows() {
  constexpr nghttp2_settings_entry kNone{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
  require(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, &kNone, 1));
}

std::int32_t Http2Client::window(StreamId stream) const {
  return std::max(0, nghttp2_session_get_stream_remote_window_size(session_.get(), stream));
}

std::uint32_t Http2Client::server_setting(int id) const {
  return nghttp2_session_get_remote_settings(session_.get(), static_cast<nghttp2_settings_id>(id));
}

std::string Http2Client::output() {
  std::string all;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t bytes = nghttp2_session_mem_send(session_.get(), &data);
    require(static_cast<int>(bytes));
    if (bytes == 0) return all;
    all += as_string(data, static_cast<std::size_t>(bytes));
  }
}

bool Http2Client::receive(std::string_view bytes) {
  std::string copied(bytes);
  return nghttp2_session_mem_recv(session_.get(), as_octets(copied), copied.size()) ==
         static_cast<ssize_t>(copied.size());
}

}  // namespace longshore::grpc
