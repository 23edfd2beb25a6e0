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
constexpr Millis kLookForClient = std::chrono::seconds{1};  // how soon a client's leaving is noticed

Task<void> send_event(Exchange& exchange, const UploadView& view) {
  const std::string_view type = has_ended(view.operation.state) ? "end" : "progress";
  std::string event = "event: ";
  event.append(type).append("\ndata: ").append(write_json(to_status(view))).append("\n\n");
  co_await exchange.write(as_bytes(event));
}

Task<void> next_view(Exchange& exchange, UploadRef ref, UploadView& view) {
  view = co_await exchange.coordinator().progress(std::move(ref), view, kHeartbeat);
}

Task<bool> client_is_there(Exchange& exchange) { co_return !exchange.client_has_left(); }

}  // namespace

Task<void> watch_upload(Exchange& exchange) {
  const UploadRef ref = to_upload_ref("", exchange.parameter("upload_id"));
  const Counted watcher(exchange.context().watchers);
  if (exchange.context().watchers > exchange.context().config.watchers_max) {
    throw Error{Reason::busy, "too many progress streams; ask for the status instead"};
  }
  UploadView view = co_await exchange.coordinator().status(ref);
  exchange.release();  // it ends when a drain ends, not before the client is told what the drain let finish
  co_await exchange.begin({.fields = {{"Content-Type", "text/event-stream"},
                                      {"Cache-Control", "no-store"},
                                      {"X-Accel-Buffering", "no"}}},
                          std::nullopt);
  co_await send_event(exchange, view);
  while (!has_ended(view.operation.state)) {
    const std::string before = write_json(to_status(view));
    const bool there = co_await with_heartbeat(
        exchange.context().ports.timers, kLookForClient, [&exchange] { return client_is_there(exchange); },
        next_view(exchange, ref, view));
    if (!there) co_return;
    if (write_json(to_status(view)) == before) {
      co_await exchange.write(as_bytes(": heartbeat\n\n"));
    } else {
      co_await send_event(exchange, view);
    }
  }
}

}  // namespace longshore::http
