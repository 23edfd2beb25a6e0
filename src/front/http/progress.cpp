#include <utility>

#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "net/race.h"
#include "wire/json.h"

namespace longshore::http {
namespace {

constexpr Millis kHeartbeat = std::chrono::seconds{15};  // below the minute after which proxies give a silent
                                                         // stream up
constexpr Millis kLook = std::chrono::seconds{1};  // how soon a client's leaving, or a drain, is noticed

Task<void> send_event(Exchange& exchange, const UploadView& view) {
  const std::string_view type = has_ended(view.operation.state) ? "end" : "progress";
  std::string event = "event: ";
  event.append(type).append("\ndata: ").append(write_json(to_status(view))).append("\n\n");
  co_await exchange.write(as_bytes(event));
}

Task<void> next_view(Exchange& exchange, UploadRef ref, Millis patience, UploadView& view) {
  view = co_await exchange.coordinator().progress(std::move(ref), view, patience);
}

/// False: the client has left, or a drain has let all requests finish, and nothing will change any more.
Task<bool> has_reason_to_wait(Exchange& exchange) {
  const FrontContext& context = exchange.context();
  const bool over = context.draining && context.requests == 0;
  co_return !over && !exchange.client_has_left();
}

}  // namespace

Task<void> watch_upload(Exchange& exchange) {
  const UploadRef ref = to_upload_ref("", exchange.parameter("upload_id"));
  UploadView view = co_await exchange.coordinator().status(ref);
  exchange.becomes_watcher();
  co_await exchange.begin({.fields = {{"Content-Type", "text/event-stream"},
                                      {"Cache-Control", "no-store"},
                                      {"X-Accel-Buffering", "no"}}},
                          std::nullopt);
  co_await send_event(exchange, view);
  bool goes_on = true;
  while (goes_on && !has_ended(view.operation.state)) {
    const std::string before = write_json(to_status(view));
    goes_on = co_await with_heartbeat(
        exchange.context().ports.timers, kLook, [&exchange] { return has_reason_to_wait(exchange); },
        next_view(exchange, ref, kHeartbeat, view));
    if (!goes_on) co_await next_view(exchange, ref, Millis{0}, view);  // what the drain let finish
    if (write_json(to_status(view)) == before) {
      co_await exchange.write(as_bytes(": heartbeat\n\n"));
    } else {
      co_await send_event(exchange, view);
    }
  }
}

}  // namespace longshore::http
