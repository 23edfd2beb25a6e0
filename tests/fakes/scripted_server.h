#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

namespace longshore::fakes {

/// A request as a scripted server has read it.
struct SeenRequest {
  std::string head;  // with the blank line
  std::string body;  // as far as it was read

  /// The value of that field, in any case; "": none.
  [[nodiscard]] std::string field(std::string_view name) const;
  [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
};

/// A client's connection, as a script sees it: blocking, on the script's own thread. Nothing waits for longer
/// than 10 s.
class Peer {
 public:
  /// Takes the descriptor over. `tls`: shakes hands first.
  Peer(int socket, SSL_CTX* tls);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  /// The next head; empty when the client has closed.
  SeenRequest read_head();
  /// The next request with its body, as Content-Length says.
  SeenRequest read_request();
  /// Up to `count` bytes more: fewer at the end.
  std::string read(std::size_t count);
  /// False: the client has closed.
  bool send(std::string_view bytes);
  /// Reads whatever comes until the client closes; false: it has not within 10 s.
  bool wait_for_close();
  /// Something to read, or the end, comes within `limit_ms`.
  bool is_readable_within(int limit_ms);
  /// Closes with a reset: what was not read or sent is lost.
  void reset();
  /// Ends our side in due form, and leaves the other one open.
  void end_sending();

 private:
  bool fill();

  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  bool broken_ = false;
  std::string received_;
};

/// Answers "200 OK" with `body`, and keeps the connection.
std::string ok(std::string_view body = "");

/// A server on loopback that does what it is told: the first connection gets the first script, and so on; the
/// last script serves all that follow. A connection is closed when its script returns.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit ScriptedServer(std::vector<Script> scripts, std::shared_ptr<SSL_CTX> tls = nullptr);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();  // waits for the scripts

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }
  /// Waits until the scripts of all connections so far have returned: what they have written may be read
  /// then.
  void finish();

 private:
  void accept_all();

  const std::vector<Script> scripts_;
  const std::shared_ptr<SSL_CTX> tls_;
  int listener_ = -1;
  int ending_ = -1;  // readable once the end is asked for
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<std::jthread> peers_;
  std::jthread acceptor_;
};

/// A server that answers each request by a function of it, on any number of connections.
ScriptedServer::Script answer_each(std::function<std::string(const SeenRequest&)> answer);

}  // namespace longshore::fakes
