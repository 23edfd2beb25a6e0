#include "front/common/connections.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace longshore {
namespace {

constexpr Millis kLook{20};  // how often one looks whether the last one has ended

/// nullopt: cancelled, as a drain does with what is left.
std::optional<std::string> what_failed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) return std::nullopt;
    return error.code().message();
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// An open connection, as operators see it.
class Open {
 public:
  explicit Open(Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() { gauge_.add(-1); }

 private:
  Gauge& gauge_;
};

Task<void> serve_counted(const FrontPorts& ports,
                         const std::function<Task<void>(boost::asio::ip::tcp::socket)>& serve,
                         boost::asio::ip::tcp::socket socket) {
  const Open open(ports.metrics.connections_open);
  co_await serve(std::move(socket));
}

}  // namespace

ListenerCallbacks connection_callbacks(const FrontPorts& ports,
                                       std::function<Task<void>(boost::asio::ip::tcp::socket)> serve) {
  return {
      .serve =
          [&ports, serve = std::move(serve)](boost::asio::ip::tcp::socket socket) {
            return serve_counted(ports, serve, std::move(socket));
          },
      .on_serve_error =
          [&ports](const std::exception_ptr& failure) {
            const auto what = what_failed(failure);
            if (what) ports.log.error("a connection ended by an error", {{"what", *what}});
          },
      .on_accept_error =
          [&ports](const boost::system::error_code& error) {
            ports.metrics.accept_errors_total.add();
            ports.log.warn("a connection could not be accepted", {{"what", error.message()}});
          },
      .on_refused =
          [&ports](const boost::asio::ip::address&) { ports.metrics.connections_refused_total.add(); },
  };
}

Task<void> becomes_none(const std::atomic<int>& counter, Timers& timers,
                        std::chrono::steady_clock::time_point deadline) {
  while (counter > 0 && std::chrono::steady_clock::now() < deadline) co_await timers.sleep_for(kLook);
}

}  // namespace longshore
