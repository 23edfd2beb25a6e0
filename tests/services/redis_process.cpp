#include "tests/services/redis_process.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/value_to.hpp>

#include "net/timers.h"
#include "redis/dialler.h"

namespace longshore::services {
namespace {

namespace asio = boost::asio;

asio::awaitable<redis::Reply> ask_once(const redis::Dialler& dialler, redis::Address server,
                                       std::vector<std::string> words) {
  const auto wire = co_await dialler.open(server);
  co_return co_await wire->ask({words.begin(), words.end()});
}

}  // namespace

RedisProcess::RedisProcess(const std::string& kind)
    : script_("tests/services/redis", kind),
      url(script_.text("url")),
      socket(script_.text("socket")),
      username(script_.text("username")),
      password(script_.text("password")),
      ca_file(script_.text("ca_file")),
      certificate_file(script_.text("certificate_file")),
      key_file(script_.text("key_file")),
      servers(boost::json::value_to<std::vector<pid_t>>(script_.said().at("pids"))),
      ports(boost::json::value_to<std::vector<int>>(script_.said().at("ports"))) {}

redis::Options RedisProcess::options() const {
  redis::Options options;
  options.url = redis::parse_url(url);
  options.username = username;
  options.password = Secret(password);
  options.ca_file = ca_file;
  options.certificate_file = certificate_file;
  options.key_file = key_file;
  return options;
}

redis::Reply RedisProcess::tell(std::size_t server, std::vector<std::string> words) const {
  redis::Options as_operator = options();
  as_operator.username.clear();
  as_operator.password = Secret();
  as_operator.url.database = 0;
  AsioTimers timers;
  const redis::Dialler dialler(as_operator, timers);
  const redis::Address address{.host = "127.0.0.1", .port = static_cast<std::uint16_t>(ports.at(server))};
  asio::io_context loop;
  auto reply = asio::co_spawn(loop, ask_once(dialler, address, std::move(words)), asio::use_future);
  loop.run();
  return reply.get();
}

void RedisProcess::wipe() const {
  for (std::size_t server = 0; server < ports.size(); ++server) {
    tell(server, {"FLUSHALL"});
    tell(server, {"SCRIPT", "FLUSH"});
  }
}

}  // namespace longshore::services
