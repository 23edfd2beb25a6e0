#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <nghttp2/nghttp2.h>
#include <string_view>

#include "front/grpc/http2_session.h"

// For Http2Session's own files: where nghttp2's C meets it.
namespace longshore::grpc {

/// Throws where a call of nghttp2 has failed for good; its other failures concern a stream that is gone.
inline void require(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (nghttp2_is_fatal(result) != 0) throw Http2Failure(nghttp2_strerror(result));
}

inline std::string_view as_view(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {static_cast<const char*>(static_cast<const void*>(bytes.base)), bytes.len};
}

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

  struct ListDeleter {
    void operator()(nghttp2_session_callbacks* list) const { nghttp2_session_callbacks_del(list); }
  };
  static std::unique_ptr<nghttp2_session_callbacks, ListDeleter> make() {
    nghttp2_session_callbacks* made = nullptr;
    require(nghttp2_session_callbacks_new(&made));
    std::unique_ptr<nghttp2_session_callbacks, ListDeleter> callbacks(made);
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

}  // namespace longshore::grpc
