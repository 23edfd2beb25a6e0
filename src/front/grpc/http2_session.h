#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "front/common/field.h"
#include "front/grpc/frame_budget.h"
#include "front/grpc/request_head.h"

struct nghttp2_session;

namespace longshore::grpc {

using StreamId = std::int32_t;

/// What a client does, told from within Http2Session::receive(). What is thrown comes out of there.
class Http2Events {
 public:
  Http2Events() = default;
  Http2Events(const Http2Events&) = delete;
  Http2Events& operator=(const Http2Events&) = delete;
  virtual ~Http2Events() = default;

  /// A stream was opened, its header is whole. False: it is refused; its client may try elsewhere, and
  /// nothing more is told of it.
  virtual bool on_request(StreamId stream, RequestHead head) = 0;
  /// Bytes of its body, within its window; they lie in what receive() was given. False: receive() shall stop
  /// behind them.
  virtual bool on_data(StreamId stream, ByteView bytes) = 0;
  /// The client will send no more.
  virtual void on_request_end(StreamId stream) = 0;
  /// Some of its answer, or all, was taken to be sent.
  virtual void on_sent(StreamId stream) = 0;
  /// The stream is over: answered, or cut off by either side. Once after each on_request() that took it.
  virtual void on_closed(StreamId stream) = 0;
};

/// The connection must end now; what output there is may still be sent.
class Http2Failure : public std::exception {
 public:
  explicit Http2Failure(std::string what) : what_(std::move(what)) {}
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// The server's side of one HTTP/2 connection without its socket: bytes in, events and bytes out. nghttp2
/// does the protocol; here is what it is allowed, and what of it a gRPC server needs. The connection's own
/// window is given back as bytes arrive; what a client may send is ruled by the windows of its streams alone.
///
/// Bounded whatever the client sends and however little it reads: streams, windows, the size of a header,
/// frames that carry nothing, what waits to be sent besides answers, and (nghttp2's own limits) resets,
/// CONTINUATION and answers to pings and settings. One executor.
class Http2Session {
 public:
  static constexpr std::uint32_t kStreamsMax = 100;
  /// What a client may send of a body before somebody has looked at it: most requests, and of chunks what is
  /// to be known of them. As little as its call costs anyway, so that it needs no memory to be there.
  static constexpr std::int32_t kFirstWindowBytes = 1024;

  /// `events` must outlive it. The settings are the first output.
  explicit Http2Session(Http2Events& events);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session();

  /// Takes bytes from the front of `input` and returns how many: all, unless on_data() wanted it to stop.
  /// After such a stop it is to be called again, also with nothing. Throws Http2Failure, also for a flood.
  std::size_t receive(ByteView input);

  /// Appends what is to be sent, as much as there is or a little more than `bytes_max`.
  void take_output(std::string& out, std::size_t bytes_max);
  /// Nothing will be sent or received any more.
  [[nodiscard]] bool is_over() const;

  // ---- answers; all of them do nothing once the stream is closed

  /// The first of an answer. Then data, then trailers.
  void send_head(StreamId stream, const Fields& fields);
  void send_data(StreamId stream, std::string bytes);
  /// Ends the stream, also for a client that is still sending.
  void send_trailers(StreamId stream, Fields fields);
  /// A whole answer in one header.
  void send_head_alone(StreamId stream, const Fields& fields);
  /// Bytes of send_data() that were not taken yet.
  [[nodiscard]] std::size_t unsent(StreamId stream) const;
  /// Cuts the stream off in the midst of its answer.
  void cancel(StreamId stream);

  // ---- windows

  /// Lets the client send `bytes` in all, counted from the stream's beginning or from what was given back.
  void open_window(StreamId stream, std::int32_t bytes);
  /// Gives `bytes` that were received back to the stream's window.
  void give_back(StreamId stream, std::size_t bytes);

  // ---- the connection

  void ping();
  /// Drain, first step: the client is to open no more streams, but those it opens still are served.
  void announce_end();
  /// Second step: streams opened from now on are not looked at.
  void refuse_new_streams();

  /// The client has begun to speak HTTP/2, and taken our settings.
  [[nodiscard]] bool is_established() const { return settings_acknowledged_; }
  /// Whose header has begun and is not whole; nullopt: none.
  [[nodiscard]] std::optional<StreamId> header_of() const { return header_of_; }

 private:
  struct Stream {
    RequestHead head;
    bool announced = false;              // by on_request()
    std::optional<std::int32_t> window;  // as open_window() wants it
    std::deque<std::string> unsent;
    std::size_t sent_of_first = 0;
    std::optional<Fields> trailers;
    bool deferred = false;  // nghttp2 waits to be told of more data
  };
  struct Callbacks;  // nghttp2's, which call the functions below
  struct Deleter {
    void operator()(nghttp2_session* session) const;
  };

  void begin_frame(std::uint8_t type, std::size_t length, std::uint8_t flags);
  void body_bytes_taken(std::size_t bytes);
  void count_ignored(std::int64_t bytes_received);
  void spend();
  void header_complete(StreamId stream);
  void settings_acknowledged();
  void frame_sent(std::uint8_t type, std::uint8_t flags, StreamId stream);
  std::size_t read_unsent(StreamId stream, MutableBytes out, std::uint32_t& flags);
  void closed(StreamId stream);
  void resume(StreamId stream);
  void set_window(StreamId stream, std::int32_t bytes);
  Stream* find(StreamId stream);

  Http2Events& events_;
  std::map<StreamId, Stream> streams_;
  FrameBudget budget_;
  bool settings_acknowledged_ = false;
  std::optional<StreamId> header_of_;
  bool flooded_ = false;
  std::int64_t ignored_bytes_ = 0;  // that were not paid for; below 0: of a frame that has only begun
  std::exception_ptr failure_;      // what a callback threw
  std::unique_ptr<nghttp2_session, Deleter> session_;
};

}  // namespace longshore::grpc
