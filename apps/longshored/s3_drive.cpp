#include "apps/longshored/s3_drive.h"

#include <algorithm>
#include <thread>

#include "aws/measured_source.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

constexpr std::size_t kConnectionsALoopMin = 8;

/// Of a loop's connections, for what no client's pace holds up: completions, and at least half of them for
/// what the store answers at once (HEAD, creates, lists, /readyz).
constexpr std::size_t kQuickPart = 4;

/// The client counts by server and loop.
std::size_t connections_a_loop(std::int64_t connections) {
  const std::size_t loops = std::max(std::thread::hardware_concurrency(), 1U);
  return std::max(static_cast<std::size_t>(connections) / loops, kConnectionsALoopMin);
}

s3::S3Options options_of(const S3Config& config) {
  s3::S3Options options{.place = s3::Place(config.place),
                        .profile = config.profile,
                        .checksums = config.checksums,
                        .unfinished_lifetime = config.unfinished_lifetime,
                        .completion_deadline = config.completion_deadline,
                        .client = {}};
  options.client.connect_timeout = config.connect_timeout;
  options.client.read_timeout = config.read_timeout;
  options.client.retry.retries = config.retries;
  options.client.expect_continue = config.expect_continue;
  return options;
}

}  // namespace

S3Drive::S3Drive(const DriveConfig& config, const aws::Environment& environment, S3Tools tools,
                 const Log& log)
    : endpoints_({}, tools.buffers, tools.timers),
      http_({.ca_file = config.s3.ca_file.string(),
             .connections_max = connections_a_loop(config.s3.connections_max),
             .for_quick_max = connections_a_loop(config.s3.connections_max) / kQuickPart},
            tools.buffers, tools.timers),
      credentials_(std::make_unique<aws::MeasuredSource>(
                       aws::make_source(config.s3.credentials, environment, endpoints_, tools.files),
                       config.s3.place.bucket, tools.metrics),
                   tools.clock, tools.random, log.with({{"drive", config.name.str()}})),
      store_(options_of(config.s3),
             {http_, credentials_, tools.timers, tools.clock, tools.random,
              log.with({{"drive", config.name.str()}})},
             tools.findings, tools.metrics) {}

Task<void> S3Drive::close() {
  co_await store_.stop();
  co_await credentials_.stop();
  co_await http_.close();
  co_await endpoints_.close();
}

}  // namespace longshore::server
