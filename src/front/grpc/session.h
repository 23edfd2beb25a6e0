#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "front/common/client_socket.h"
#include "front/grpc/call.h"
#include "front/grpc/grpc_context.h"
#include "front/grpc/http2_session.h"
#include "front/grpc/reading_time.h"
#include "front/grpc/signal.h"
#include "net/gate.h"

namespace longshore::grpc {

/// One connection from its first byte to its last. One coroutine reads, one writes, one serves each call; all
/// on the connection's executor.
class Session final : private Http2Events {
 public:
  Session(GrpcContext& context, boost::asio::ip::tcp::socket socket);

  /// Ends when the connection has, and with it all its calls: what a lost client asked for is done all the
  /// same, but for bodies that are not whole. Throws only what cancels it.
  Task<void> run();

  // Drain, in two steps (Http2Session). On the session's executor.
  void announce_end();
  void refuse_new_calls();
  /// The calls that are left are answered DRAINING. On the session's executor.
  void break_off();

  boost::asio::any_io_executor executor() { return socket_.executor(); }

 private:
  using Steady = std::chrono::steady_clock;

  // Http2Events
  bool on_request(StreamId stream, RequestHead head) override;
  bool on_data(StreamId stream, ByteView bytes) override;
  void on_request_end(StreamId stream) override;
  void on_sent(StreamId stream) override;
  void on_closed(StreamId stream) override;

  Task<void> read();
  Task<void> next_buffer();
  Task<void> feed(ByteView bytes);
  Task<void> write();
  Task<void> serve(std::shared_ptr<Call> call);
  Task<std::optional<Error>> handle(Call& call);
  Task<void> watch_deadline(std::shared_ptr<Call> call);
  [[nodiscard]] Steady::time_point patience_ends() const;
  [[nodiscard]] bool goes_on_after(Steady::time_point now);
  void end_calls();
  Task<bool> last_word();
  Task<void> calls_ended(bool cancelled);
  void spawn(Task<void> work);

  GrpcContext& context_;
  ClientSocket socket_;
  Http2Session http2_;
  Gate gate_;                                       // of the writer and the calls
  Signal output_;                                   // there may be something to send
  Signal read_;                                     // nothing is read any more
  Signal written_;                                  // the writer has ended
  std::map<StreamId, std::shared_ptr<Call>> open_;  // whose streams are
  std::atomic<int> alive_{0};                       // calls, also those whose streams are gone
  std::shared_ptr<BufferPool::Buffer> read_into_;   // pieces of calls may lie there, too
  std::shared_ptr<Call> full_;                      // no byte is read before it has room
  bool writing_ = true;                             // the writer has not ended
  bool ending_ = false;                             // what there is to send is the last
  bool over_ = false;                               // it is too late for that, too
  ReadingTime time_;                                // of which are:
  const Steady::time_point accepted_ = time_.now();
  Steady::time_point heard_ = accepted_;         // when the last byte came
  Steady::time_point quiet_since_ = accepted_;   // when the last stream was closed
  Steady::time_point header_since_ = accepted_;  // when the last header began
  bool pinged_ = false;                          // since the last byte came
};

}  // namespace longshore::grpc
