#pragma once

#include <optional>

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
  /// A request up to its body; or why it will never be one, after which the connection cannot go on.
  struct Opening {
    RequestHead head;
    Framing framing;
    Target target;
    std::optional<Error> refusal;
  };

  /// False: the connection has ended, or nothing came.
  Task<bool> receive(Opening& opening);
  Task<bool> serve_one();
  Task<std::optional<Error>> answer(Exchange& exchange, const std::optional<Error>& refusal);
  Task<std::optional<Error>> dispatch(Exchange& exchange, const std::optional<Error>& refusal);
  void prepare(Exchange& exchange, const std::optional<Error>& refusal);
  Task<bool> finish(Exchange& exchange);

  FrontContext& context_;
  Connection connection_;
  const Surface surface_;
  bool first_ = true;  // no request has come yet
};

}  // namespace longshore::http
