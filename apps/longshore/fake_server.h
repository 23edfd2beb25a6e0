#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace longshore::cli::testing {

/// What the fake server does wrong with one request.
enum class Fault {
  unavailable,       // 503 with Retry-After: 0 at once, before the body is read, and the connection is closed
  reset_before,      // the connection is reset in the middle of the body; no effect
  reset_after,       // the effect happens, the answer is lost
  stall,             // neither effect nor answer until release_stalled(), then a reset
  part_in_progress,  // 409
  digest_mismatch,   // 400, as if a bit had been turned on the way
  forget_after,      // the effect happens and is answered, then the part is lost
  cut_body,          // a download ends in its middle
};

/// The public HTTP API in a hundred lines of memory, for the client's tests: one thread a connection, plain
/// HTTP on 127.0.0.1. It can be stopped and started again on the same port: what it holds stays. Thread-safe.
class FakeServer {
 public:
  struct Upload {
    std::string node_id;
    std::string connector;
    std::string path;
    std::string name;
    std::string state = "PENDING";
    std::int64_t expected_size = 0;
    std::int64_t chunk_size = 0;
    std::map<std::int64_t, std::string> parts;
    bool last_seen = false;
  };
  struct Object {
    std::string connector;
    std::string path;
    std::string name;
    std::string bytes;
    std::string state = "ACTIVE";
    std::string metadata = {};  // all of it, as one value
    int version = 1;
  };
  struct Seen {
    std::string method;
    std::string target;
    std::map<std::string, std::string> fields;  // names in lower case
  };

  /// What it holds and has seen; read and changed in look().
  struct State {
    std::map<std::string, Upload> uploads;
    std::map<std::string, std::pair<std::string, std::string>> keys;  // key -> request body, upload id
    std::map<std::string, Object> objects;                            // by node id
    std::vector<Seen> seen;
    std::int64_t recommended_chunk_size = 1000;
    std::int64_t max_concurrent_chunks = 10;
    std::size_t page_max = 2;    // nodes a page, whatever was asked for: the client has to turn it
    int completing_answers = 0;  // so many 202 before a complete takes effect
    int connections = 0;         // accepted in all
    int most_parts_at_once = 0;
    int counter = 0;
  };
  FakeServer();
  ~FakeServer();

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void start();  // the constructor has done it once
  void stop();   // resets all connections

  /// The next `times` requests whose method and target contain these words suffer `fault`.
  void inject(Fault fault, const std::string& method, const std::string& target, int times = 1);
  /// Called, without any lock, when a part's header has come; with its number.
  void on_part(std::function<void(std::int64_t)> action);
  /// Called under the lock after each request, before its answer goes out.
  void on_answer(std::function<void(State&)> action);
  void drop_plan();  // no fault that was injected happens any more
  void release_stalled();

  /// Runs `action` on the state, under the lock.
  template <class F>
  auto look(F action) {
    const std::lock_guard lock(mutex_);
    return action(state_);
  }
  [[nodiscard]] int count_seen(const std::string& method, const std::string& target);

  struct Answer;  // of fake_server_for_test.cpp
  struct Request;

 private:
  struct Planned {
    Fault fault;
    std::string method;
    std::string target;
    int times;
  };

  void accept_connections();
  void serve(boost::asio::ip::tcp::socket& socket);
  std::optional<Fault> planned_fault(const Request& request);
  void begin_part(std::int64_t number);
  bool misbehave(boost::asio::ip::tcp::socket& socket, const Request& request, Fault fault);
  void reset(boost::asio::ip::tcp::socket& socket);

  std::mutex mutex_;
  std::condition_variable released_;
  bool let_stalled_go_ = false;
  State state_;
  std::vector<Planned> plan_;
  std::function<void(std::int64_t)> on_part_;
  std::function<void(State&)> on_answer_;
  int parts_now_ = 0;

  boost::asio::io_context io_;
  std::unique_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
  unsigned short port_ = 0;
  std::thread accepting_;
  std::list<boost::asio::ip::tcp::socket> sockets_;
  std::vector<std::thread> serving_;
};

}  // namespace longshore::cli::testing
