#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <google/protobuf/message_lite.h>

#include "coordinator/requests.h"
#include "front/common/counted.h"
#include "front/common/request_memory.h"
#include "front/grpc/grpc_context.h"
#include "front/grpc/http2_session.h"
#include "front/grpc/inbox.h"
#include "front/grpc/request_head.h"
#include "front/grpc/signal.h"
#include "front/grpc/status.h"
#include "net/client_shares.h"

namespace longshore::grpc {

/// One call, as its handler sees it: a request that is read, an answer that is sent. The session makes it
/// when the header has come, brings it what arrives, and ends it. On the session's executor.
class Call final : private StreamWindow {
 public:
  using Steady = std::chrono::steady_clock;

  /// Where it comes from, and whereto its answer goes; outlives it.
  struct Origin {
    GrpcContext& context;
    Http2Session& http2;
    Signal& output;           // there may be something to send
    const ReadingTime& time;  // of its connection, as what follows
    std::atomic<int>& alive;  // calls
    boost::asio::ip::address client;
  };

  /// `place`: its own, where it is not the only one of its connection.
  Call(const Origin& origin, StreamId stream, RequestHead head, ClientShares::Share place);

  // ---- for handlers: the request

  [[nodiscard]] GrpcContext& context() const { return origin_.context; }
  [[nodiscard]] Coordinator& coordinator() const { return origin_.context.ports.coordinator; }
  [[nodiscard]] Caller caller() const { return {.request_id = request_id_, .account_id = ""}; }
  [[nodiscard]] const RequestHead& head() const { return head_; }
  [[nodiscard]] Inbox& inbox() { return inbox_; }
  [[nodiscard]] RequestMemory& memory() { return memory_; }

  // ---- for handlers: the answer

  /// One message, once the one before was taken. Throws Error request_timeout when that takes too long, and
  /// as ClientLimits::admit_answer().
  Task<void> send(const google::protobuf::MessageLite& message);
  /// It is a server stream, which a drain does not wait for. Throws Error as ClientLimits::admit_watcher().
  void becomes_watcher();
  /// The client waits for an answer.
  [[nodiscard]] bool is_open() const { return !closed_ && !answered_; }
  /// Until it does not.
  Task<void> over();
  [[nodiscard]] bool is_draining() const { return context().draining; }

  // ---- for the session

  /// The end of the answer. The first one counts.
  void finish(const Status& status, int http_status = 200);
  /// Until the answer was taken, or the client is gone. One that does not take it is cut off.
  Task<void> delivered();
  /// At the deadline the client is told so, whatever the handler still does. Ends when the call does.
  Task<void> watch_deadline();
  /// The stream is over.
  void closed();
  void sent();

  [[nodiscard]] const std::string& request_id() const { return request_id_; }
  [[nodiscard]] const boost::asio::ip::address& client() const { return origin_.client; }
  [[nodiscard]] ClientLimits::Asker asker() const { return asker_; }
  [[nodiscard]] bool has_deadline() const { return deadline_.has_value(); }
  [[nodiscard]] Steady::time_point started() const { return started_; }
  [[nodiscard]] std::int64_t received_bytes() const { return inbox_.received(); }
  /// What the client was told; nullopt: it had gone.
  [[nodiscard]] std::optional<GrpcCode> answered() const { return answered_; }

 private:
  void open(std::int32_t bytes) override;
  void give_back(std::size_t bytes) override;
  [[nodiscard]] Fields answer_head(int http_status) const;
  Task<void> all_is_sent();

  const Origin origin_;
  const StreamId stream_;
  const RequestHead head_;
  const ClientLimits::Asker asker_;
  const std::string request_id_;
  const Steady::time_point started_;
  const std::optional<Steady::time_point> deadline_;
  Counted counted_;
  Counted of_connection_;
  RequestMemory memory_;
  const ClientShares::Share place_;
  ClientShares::Share watching_;
  ClientShares::Share unsent_;  // memory of an answer
  Signal changed_;              // something was sent, or all is over
  Inbox inbox_;
  bool head_sent_ = false;
  std::optional<GrpcCode> answered_;
  bool closed_ = false;
};

}  // namespace longshore::grpc
