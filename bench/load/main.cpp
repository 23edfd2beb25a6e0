// Uploads made-up bytes and says how long it took:
//   bench_load PROTOCOL --server HOST:PORT --uploads N --bytes B [--part B] [--clients N] [--pace-ms MS]
// Prints one line of JSON: seconds, uploads, failed, and of an upload's duration p50, p90, p99 and the
// longest, in ms.
#include <algorithm>
#include <iostream>
#include <list>
#include <map>
#include <stdexcept>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "base/units.h"
#include "bench/load/grpc_link.h"
#include "bench/load/grpc_uploads.h"
#include "bench/load/http_uploads.h"
#include "net/gate.h"

namespace {

namespace asio = boost::asio;
namespace bench = longshore::bench;
namespace json = boost::json;
using std::chrono::steady_clock;

const std::map<std::string, bench::Upload> kProtocols = {
    {"parts", bench::upload_in_parts},
    {"payload", bench::upload_as_payload},
    {"tus", bench::upload_by_tus},
    {"tus-creation", bench::upload_by_tus_creation},
    {"chunks", bench::upload_by_chunks},
    {"streams", bench::upload_by_streams},
    {"grpc-payload", bench::upload_as_grpc_payload},
};

double ms_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

/// All clients together, on one loop.
class Run {
 public:
  Run(bench::Upload upload, const bench::Plan& plan) : upload_(std::move(upload)), plan_(plan) {}

  asio::awaitable<void> client(bench::Tools tools) {
    while (begun_ < plan_.uploads) {
      ++begun_;
      const auto start = steady_clock::now();
      try {
        co_await upload_(tools, plan_);
        durations_ms_.push_back(ms_since(start));
      } catch (const std::exception& error) {
        if (failed_++ == 0) std::cerr << "bench_load: " << error.what() << '\n';
      }
    }
  }

  json::object result(double seconds) {
    std::ranges::sort(durations_ms_);
    return {{"seconds", seconds},   {"uploads", durations_ms_.size()},
            {"failed", failed_},    {"p50_ms", at(0.5)},
            {"p90_ms", at(0.9)},    {"p99_ms", at(0.99)},
            {"longest_ms", at(1.0)}};
  }

 private:
  [[nodiscard]] double at(double share) const {
    if (durations_ms_.empty()) return 0;
    return durations_ms_[static_cast<std::size_t>(share * static_cast<double>(durations_ms_.size() - 1))];
  }

  const bench::Upload upload_;
  const bench::Plan plan_;
  std::int64_t begun_ = 0;
  std::int64_t failed_ = 0;
  std::vector<double> durations_ms_;
};

json::object run(const std::string& protocol, const std::string& server, const bench::Plan& plan) {
  const auto url = longshore::parse_http_url("http://" + server + "/");
  if (!url) throw std::runtime_error("--server is no HOST:PORT");
  asio::io_context loop(1);
  longshore::AsioTimers timers;
  longshore::BufferPool buffers(plan.clients * 2 * longshore::MiB);
  longshore::HttpClient http({.connections_max = static_cast<std::size_t>(plan.clients)}, buffers, timers);
  longshore::Gate gate;
  Run all(kProtocols.at(protocol), plan);
  std::list<bench::GrpcLink> links;
  const auto start = steady_clock::now();
  for (std::int64_t i = 0; i < plan.clients; ++i) {
    bench::GrpcLink& link = links.emplace_back(url->endpoint, timers);
    gate.spawn(loop.get_executor(), all.client({url->endpoint, http, link, timers}),
               [](std::exception_ptr) {});
  }
  gate.close();
  double seconds = 0;
  const auto end = [&]() -> asio::awaitable<void> {
    co_await gate.drained();
    seconds = ms_since(start) / 1000;
    co_await http.close();
  };
  asio::co_spawn(loop, end(), [](std::exception_ptr) {});
  loop.run();
  return all.result(seconds);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Uploads made-up bytes and says how long it took", "bench_load");
  std::string protocol;
  std::string server;
  bench::Plan plan;
  std::int64_t pace_ms = 0;
  app.add_option("protocol", protocol)->required()->check(CLI::IsMember(kProtocols));
  app.add_option("--server", server)->required();
  app.add_option("--uploads", plan.uploads);
  app.add_option("--bytes", plan.upload_bytes)->required();
  app.add_option("--part", plan.part_bytes);
  app.add_option("--clients", plan.clients);
  app.add_option("--pace-ms", pace_ms);
  CLI11_PARSE(app, argc, argv);
  plan.pace = longshore::Millis{pace_ms};
  if (plan.part_bytes == 0) plan.part_bytes = plan.upload_bytes;
  try {
    std::cout << json::serialize(run(protocol, server, plan)) << '\n';
  } catch (const std::exception& error) {
    std::cerr << "bench_load: " << error.what() << '\n';
    return 1;
  }
}
