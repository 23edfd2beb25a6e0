#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "coordinator/coordinator.h"
#include "front/http/http_front.h"
#include "net/timers.h"
#include "obs/metrics.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"

/// For the tests of this folder: the real front on loopback, the real coordinator behind it, and stores in
/// memory behind that; and a client that sends exactly the bytes it is told to.
namespace longshore::http {

/// What a client received: one answer.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;

  [[nodiscard]] std::string field(const std::string& name) const;
  /// The body as JSON; null if it is none.
  [[nodiscard]] boost::json::value json() const;
  /// A string of the JSON body; "" if it has none of that name.
  [[nodiscard]] std::string text(const std::string& name) const;
};

/// A TCP connection with deadlines: nothing here waits for ever.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
  /// From another address: 127.0.0.`host`.
  static std::unique_ptr<RawClient> from(std::uint8_t host, std::uint16_t port);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  /// False: the server has closed while we were sending.
  bool send(std::string_view bytes);
  void end_sending();
  /// Ends the connection as a broken client does: by RST. Nothing else may follow.
  void reset();

  /// The next answer; `to_head`: it has no body, whatever its Content-Length. Status 0: the connection ended,
  /// or 10 s went by.
  Answer receive(bool to_head = false);
  /// Everything until the server closes, or 10 s.
  std::string receive_all();
  /// Waits for at least one byte and gives what is there; "" at the end.
  std::string receive_some();
  /// The server closes within 10 s, without another byte.
  bool is_closed();

 private:
  RawClient(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes);
  bool wait_for_bytes();

  int socket_;
  std::string received_;
};

struct ServerOptions {
  HttpConfig config;
  StoreLimits limits{.part_bytes_min = 4,
                     .part_bytes_max = 8 * MiB,
                     .parts_max = 100,
                     .object_bytes_max = 64 * MiB,
                     .single_put_threshold = 1 * MiB,
                     .part_bytes_unknown_length = 1 * MiB};
  UploadPolicy policy;
  std::int64_t memory_budget = 32 * MiB;
  ClientLimits::Config client_limits;
  Surface surface = Surface::both;
  std::vector<std::string> not_ready;
};

/// One server with everything, on a thread of its own.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// One request on a connection of its own, and its answer.
  Answer request(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::vector<std::string>& fields = {}) const;
  Answer post_json(const std::string& target, const std::string& json,
                   const std::vector<std::string>& fields = {}) const;
  /// Opens an upload of connector "c" and gives its id.
  std::string open_upload(const std::string& json = R"({"connectorId":"c","name":"n"})") const;

  /// What bodies hold of the pool.
  [[nodiscard]] std::int64_t body_bytes() const { return buffers.in_use_bytes() - in_use_at_rest_; }

  /// Runs on the server's thread, where the stores may be looked at.
  template <class F>
  auto on_loop(F look) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(look));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  /// What the log holds by now.
  std::string log_text() {
    return on_loop([this] { return log_stream_.str(); });
  }
  /// Waits until `condition` holds on the server's thread; false after 10 s.
  bool becomes(const std::function<bool()>& condition);
  /// Starts a drain; the future is ready when it is over.
  std::future<void> drain(Millis patience);

  SystemClock clock;

 private:
  std::ostringstream log_stream_;

 public:
  SystemRandom random;
  AsioTimers timers;
  BufferPool buffers;
  Metrics metrics;
  MemoryCatalog catalog{clock};
  MemorySessionStore sessions{clock};
  fakes::FakeObjectStore store{clock};
  MemoryEventSink events;
  Coordinator coordinator;
  ClientLimits client_limits;
  HttpFront front;

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::int64_t in_use_at_rest_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  bool drained_ = false;
};

std::string request_text(const std::string& method, const std::string& target, const std::string& body,
                         const std::vector<std::string>& fields);

/// Nothing is alive: no operation that goes on, no node with an object, no session, nothing at the store, no
/// buffer. (The row of an upload that was begun and cancelled stays, for whoever asks what became of it.)
bool left_nothing(TestServer& server);

}  // namespace longshore::http
