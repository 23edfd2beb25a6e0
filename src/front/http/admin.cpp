#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "front/http/exchange.h"
#include "front/http/handlers.h"

namespace longshore::http {

Task<void> healthz(Exchange& exchange) {
  co_await exchange.send({.fields = {{"Content-Type", "text/plain"}}, .body = "ok\n"});
}

Task<void> readyz(Exchange& exchange) {
  std::vector<std::string> missing = co_await exchange.context().readiness.missing();
  if (exchange.context().draining) missing.emplace_back("this server is going down");
  boost::json::array list(missing.begin(), missing.end());
  const boost::json::object answer{{"ready", missing.empty()}, {"missing", std::move(list)}};
  co_await exchange.send(json_response(missing.empty() ? 200 : 503, boost::json::serialize(answer)));
}

Task<void> metrics(Exchange& exchange) {
  co_await exchange.send({.fields = {{"Content-Type", std::string(Metrics::kContentType)}},
                          .body = exchange.context().ports.metrics.exposition()});
}

}  // namespace longshore::http
