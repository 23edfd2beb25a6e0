#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "front/grpc/http2_session.h"

namespace {

using longshore::ByteView;
using longshore::grpc::StreamId;

/// Every stream is announced once, ends once, and says nothing outside of that.
class Streams final : public longshore::grpc::Http2Events {
 public:
  bool on_request(StreamId stream, longshore::grpc::RequestHead) override {
    if (stream % 5 == 0) return false;
    require(open_.insert(stream).second);
    return true;
  }
  bool on_data(StreamId stream, ByteView bytes) override {
    require(open_.contains(stream));
    return bytes.size() % 7 != 0;
  }
  void on_request_end(StreamId stream) override { require(open_.contains(stream)); }
  void on_sent(StreamId) override {}
  void on_closed(StreamId stream) override { require(open_.erase(stream) == 1); }

  [[nodiscard]] const std::set<StreamId>& open() const { return open_; }

 private:
  static void require(bool holds) {
    if (!holds) std::abort();
  }
  std::set<StreamId> open_;
};

}  // namespace

/// Whatever a client sends, a session ends or goes on, and answers what it was asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string(data, data + size);
  Streams streams;
  longshore::grpc::Http2Session session(streams);
  std::set<StreamId> answered;
  try {
    for (ByteView rest = longshore::as_bytes(input); !rest.empty();) {
      rest = rest.subspan(session.receive(rest));
      for (const StreamId stream : streams.open()) {
        if (!answered.insert(stream).second) continue;
        session.open_window(stream, 1 << 20);
        session.send_head(stream, {{":status", "200"}});
        session.send_data(stream, "answer");
        session.send_trailers(stream, {{"grpc-status", "0"}});
      }
      std::string output;
      session.take_output(output, 1 << 20);
    }
  } catch (const longshore::grpc::Http2Failure&) {  // as the session's contract has it
  }
  return 0;
}
