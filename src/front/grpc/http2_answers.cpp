#include <algorithm>
#include <nghttp2/nghttp2.h>
#include <utility>
#include <vector>

#include "front/grpc/http2_callbacks.h"
#include "front/grpc/http2_session.h"

// What a session sends of answers.
namespace longshore::grpc {
namespace {

std::uint8_t* as_octets(std::string& text) {
  return static_cast<std::uint8_t*>(static_cast<void*>(text.data()));
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

}  // namespace

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

}  // namespace longshore::grpc
