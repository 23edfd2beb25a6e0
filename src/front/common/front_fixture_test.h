#pragma once

#include <arpa/inet.h>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "base/units.h"
#include "coordinator/coordinator.h"
#include "front/common/client_limits.h"
#include "front/common/front_ports.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"

/// For the tests of all fronts: what a front stands on, with stores in memory behind the real coordinator;
/// and a socket that never waits for ever.
namespace longshore {

inline constexpr Millis kTestPatience{10'000};

struct StandOptions {
  StoreLimits limits{.part_bytes_min = 4,
                     .part_bytes_max = 8 * MiB,
                     .parts_max = 100,
                     .object_bytes_max = 64 * MiB,
                     .single_put_threshold = 1 * MiB,
                     .part_bytes_unknown_length = 1 * MiB};
  UploadPolicy policy;
  std::int64_t memory_budget = 32 * MiB;
  ClientLimits::Config client_limits;
  std::vector<std::string> not_ready;
  fakes::StoreHooks store_hooks;
  Random* random = nullptr;  // of the front, if it is to be another than the system's
};

/// Everything but the front, and a loop on a thread of its own, from run_loop() to end_loop().
class FrontStand {
 public:
  explicit FrontStand(const StandOptions& options)
      : buffers(options.memory_budget),
        store(clock, {}, options.store_hooks),
        coordinator(Ports{.catalog = catalog,
                          .sessions = sessions,
                          .events = &events,
                          .timers = timers,
                          .clock = clock,
                          .random = random,
                          .buffers = buffers},
                    one_drive(options.limits), options.policy, [](std::string_view, const std::string&) {}),
        client_limits(buffers, options.client_limits),
        not_ready_(options.not_ready),
        random_of_front_(options.random != nullptr ? *options.random : random),
        work_(loop_.get_executor()),
        in_use_at_rest_(buffers.in_use_bytes()) {}
  FrontStand(const FrontStand&) = delete;
  FrontStand& operator=(const FrontStand&) = delete;

  /// Runs on the server's thread, where the stores may be looked at.
  template <class F>
  auto on_loop(F look) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(look));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  /// Waits until `condition` holds on the server's thread; false after 10 s.
  bool becomes(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (on_loop(condition)) return true;
      std::this_thread::yield();
    }
    return false;
  }
  /// What bodies hold of the pool.
  [[nodiscard]] std::int64_t body_bytes() const { return buffers.in_use_bytes() - in_use_at_rest_; }

  SystemClock clock;
  SystemRandom random;
  AsioTimers timers;
  BufferPool buffers;
  Metrics metrics;
  MemoryCatalog catalog{clock};
  MemorySessionStore sessions{clock};
  fakes::FakeObjectStore store;
  MemoryEventSink events;
  Coordinator coordinator;
  ClientLimits client_limits;

 protected:
  ~FrontStand() = default;

  FrontPorts ports(const Log& log) {
    return {.coordinator = coordinator,
            .buffers = buffers,
            .timers = timers,
            .clock = clock,
            .random = random_of_front_,
            .metrics = metrics,
            .log = log,
            .readiness = [missing = not_ready_] { return given(missing); }};
  }
  static boost::asio::ip::tcp::endpoint any_port() { return {boost::asio::ip::address_v4::loopback(), 0}; }
  boost::asio::io_context& loop() { return loop_; }
  void run_loop() {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void end_loop() {
    work_.reset();
    loop_.stop();
    thread_.join();
  }

 private:
  static Task<std::vector<std::string>> given(std::vector<std::string> list) { co_return list; }
  std::map<DriveName, Drive> one_drive(const StoreLimits& limits) {
    std::map<DriveName, Drive> drives;
    Drive drive;
    drive.name = DriveName{"default"};
    drive.store = &store;
    drive.limits = limits;
    drives.emplace(drive.name, drive);
    return drives;
  }

  const std::vector<std::string> not_ready_;
  Random& random_of_front_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  const std::int64_t in_use_at_rest_;
  std::thread thread_;
};

/// A TCP connection to a server on loopback.
class TestSocket {
 public:
  explicit TestSocket(std::uint16_t port, int receive_buffer_bytes = 0)
      : TestSocket(1, port, receive_buffer_bytes) {}
  /// From another address: 127.0.0.`host`.
  TestSocket(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
    const sockaddr source = loopback(host, 0);
    const sockaddr server = loopback(1, port);
    if (::bind(socket_, &source, sizeof(source)) != 0 || ::connect(socket_, &server, sizeof(server)) != 0)
      throw std::runtime_error("connect failed");
  }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket() {
    if (socket_ >= 0) ::close(socket_);
  }

  /// False: the server takes no more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd ready{.fd = socket_, .events = POLLOUT, .revents = 0};
      if (::poll(&ready, 1, static_cast<int>(kTestPatience.count())) <= 0) return false;
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }
  /// Ends the connection as a broken client does: by RST. Nothing else may follow.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::close(std::exchange(socket_, -1));
  }

  /// What comes within `wait`; "" also at the end.
  std::string receive(Millis wait) {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (ended_ || ::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return "";
    std::string piece(256 * 1024, '\0');
    const ssize_t bytes = ::recv(socket_, piece.data(), piece.size(), 0);
    ended_ = bytes <= 0;
    piece.resize(ended_ ? 0 : static_cast<std::size_t>(bytes));
    return piece;
  }
  [[nodiscard]] bool ended() const { return ended_; }
  /// The server closes within 10 s, whatever it sends before.
  bool is_closed() {
    const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
    while (!ended_ && std::chrono::steady_clock::now() < deadline) receive(Millis{10});
    return ended_;
  }

 private:
  static sockaddr loopback(std::uint32_t last, std::uint16_t at) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
    return std::bit_cast<sockaddr>(address);
  }

  int socket_;
  bool ended_ = false;
};

}  // namespace longshore
