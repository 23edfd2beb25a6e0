#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "front/http/connection.h"
#include "front/http/exchange.h"
#include "front/http/front_context.h"

namespace longshore::http {

/// One connection from its first byte to its last: requests are read, served and answered one after the
/// other, in the order in which they came. Lives in one coroutine, on the connection's executor.
class Session {
 public:
  Session(FrontContext& context, boost::asio::ip::tcp::socket socket, Surface surface);

  /// Ends when the connection does. Throws only what cancels it.
  Task<void> run();

 private:
  using Steady = std::chrono::steady_clock;

  /// False: the connection has ended, or nothing came. True: raw_head_ is whole, or `refusal` says why it
  /// will never be.
  Task<bool> read_head(std::optional<Error>& refusal);
  Task<bool> serve_one();
  Task<std::optional<Error>> dispatch(Exchange& exchange);
  void prepare(Exchange& exchange);
  Task<bool> finish(Exchange& exchange);
  void record(const Exchange& exchange, const std::optional<Error>& error, Steady::time_point started);
  [[nodiscard]] boost::asio::ip::address client_address(const RequestHead& head) const;

  FrontContext& context_;
  Connection connection_;
  const Surface surface_;
  std::string raw_head_;
  bool first_ = true;  // no request has come yet
};

}  // namespace longshore::http
