#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/timers.h"

namespace longshore::bench {

/// What is uploaded, and how fast.
struct Plan {
  std::int64_t uploads = 1;
  std::int64_t upload_bytes = 0;
  std::int64_t part_bytes = 0;  // of protocols with parts
  std::int64_t clients = 1;     // each does one upload after the other over a connection of its own
  Millis pace{0};               // an upload's bytes are spread over this time; 0: as fast as they go
};

class GrpcLink;

/// What a client works with.
struct Tools {
  HttpEndpoint server;
  HttpClient& http;
  GrpcLink& grpc;  // its own
  Timers& timers;
};

/// One upload of the plan, from its creation until it is complete at the server; throws where it is not.
using Upload = std::function<boost::asio::awaitable<void>(const Tools&, const Plan&)>;

}  // namespace longshore::bench
