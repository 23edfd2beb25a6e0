#pragma once

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "front/common/front_fixture_test.h"
#include "front/http/http_front.h"

/// For the tests of this folder: the real front on loopback, and a client that sends exactly the bytes it is
/// told to.
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

/// A connection on which HTTP is written by hand.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(port, receive_buffer_bytes) {}
  /// From another address: 127.0.0.`host`.
  static std::unique_ptr<RawClient> from(std::uint8_t host, std::uint16_t port) {
    return std::unique_ptr<RawClient>(new RawClient(host, port));
  }

  /// False: the server has closed while we were sending.
  bool send(std::string_view bytes) { return socket_.send(bytes); }
  void end_sending() { socket_.end_sending(); }
  /// Ends the connection as a broken client does: by RST. Nothing else may follow.
  void reset() { socket_.reset(); }

  /// The next answer; `to_head`: it has no body, whatever its Content-Length. Status 0: the connection ended,
  /// or 10 s went by.
  Answer receive(bool to_head = false);
  /// Everything until the server closes, or 10 s.
  std::string receive_all();
  /// Waits for at least one byte and gives what is there; "" at the end.
  std::string receive_some();
  /// The server closes within 10 s, without another byte.
  bool is_closed();
  /// It answers, or closes, within `limit`.
  bool is_heard_within(Millis limit);

 private:
  RawClient(std::uint8_t host, std::uint16_t port) : socket_(host, port) {}
  bool wait_for_bytes();

  TestSocket socket_;
  std::string received_;
};

struct ServerOptions : StandOptions {
  HttpConfig config;
  Surface surface = Surface::both;
};
/// The usual ones but for the memory.
inline ServerOptions with_budget(std::int64_t bytes) {
  ServerOptions options;
  options.memory_budget = bytes;
  return options;
}

/// One server with everything, on a thread of its own.
class TestServer : public FrontStand {
 public:
  explicit TestServer(const ServerOptions& options = {});
  ~TestServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Listens on another port, too.
  std::uint16_t listen(Surface surface);
  /// One request on a connection of its own, and its answer.
  Answer request(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::vector<std::string>& fields = {}) const;
  Answer post_json(const std::string& target, const std::string& json,
                   const std::vector<std::string>& fields = {}) const;
  /// Opens an upload of connector "c" and gives its id.
  std::string open_upload(const std::string& json = R"({"connectorId":"c","name":"n"})") const;

  /// What the log holds by now.
  std::string log_text() {
    return on_loop([this] { return log_stream_.str(); });
  }
  /// Starts a drain; the future is ready when it is over.
  std::future<void> drain(Millis patience);

 private:
  std::ostringstream log_stream_;
  std::uint16_t port_ = 0;
  bool drained_ = false;

 public:
  HttpFront front;
};

std::string request_text(const std::string& method, const std::string& target, const std::string& body,
                         const std::vector<std::string>& fields);

/// Nothing is alive: no operation that goes on, no node with an object, no session, nothing at the store, no
/// buffer. (The row of an upload that was begun and cancelled stays, for whoever asks what became of it.)
bool left_nothing(TestServer& server);

/// All that clients' answers may have, taken by another client.
ClientShares::Share all_memory_of_answers(TestServer& server);

}  // namespace longshore::http
