#include "tests/fakes/scripted_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <charconv>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/ascii.h"

namespace longshore::fakes {
namespace {

constexpr int kLimitMs = 10'000;

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool readable_within(int socket, int limit_ms) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, limit_ms) > 0;
}

std::size_t to_number(const std::string& text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string SeenRequest::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const std::string line = head.substr(begin, at - begin);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos && ascii::same_word(line.substr(0, colon), name))
      return line.substr(colon + 2);
  }
  return "";
}

Peer::Peer(int socket, SSL_CTX* tls) : socket_(socket), tls_(nullptr, SSL_free) {
  if (tls == nullptr) return;
  tls_.reset(SSL_new(tls));
  SSL_set_fd(tls_.get(), socket_);
  if (!readable_within(socket_, kLimitMs) || SSL_accept(tls_.get()) != 1) broken_ = true;
}

Peer::~Peer() {
  if (tls_ && !broken_) SSL_shutdown(tls_.get());
  if (socket_ >= 0) ::close(socket_);
}

bool Peer::fill() {
  if (broken_ || socket_ < 0) return false;
  const bool pending = tls_ && SSL_pending(tls_.get()) > 0;
  if (!pending && !readable_within(socket_, kLimitMs)) return false;
  std::string buffer(64 * 1024, '\0');
  const auto size = static_cast<int>(buffer.size());
  const auto count = tls_ ? SSL_read(tls_.get(), buffer.data(), size)
                          : static_cast<int>(::recv(socket_, buffer.data(), buffer.size(), 0));
  if (count <= 0) return false;
  received_.append(buffer, 0, static_cast<std::size_t>(count));
  return true;
}

SeenRequest Peer::read_head() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  SeenRequest seen{.head = received_.substr(0, end + 4), .body = {}};
  received_.erase(0, end + 4);
  return seen;
}

SeenRequest Peer::read_request() {
  SeenRequest seen = read_head();
  seen.body = read(to_number(seen.field("content-length")));
  return seen;
}

std::string Peer::read(std::size_t count) {
  while (received_.size() < count && fill()) {
  }
  std::string bytes = received_.substr(0, count);
  received_.erase(0, bytes.size());
  return bytes;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty() && socket_ >= 0 && !broken_) {
    const auto count = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                            : static_cast<int>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return bytes.empty();
}

bool Peer::wait_for_close() {
  while (fill()) received_.clear();
  return socket_ < 0 || broken_ || readable_within(socket_, 0);
}

bool Peer::is_readable_within(int limit_ms) {
  return !received_.empty() || readable_within(socket_, limit_ms);
}

void Peer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
  broken_ = true;
}

void Peer::end_sending() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(socket_, SHUT_WR);
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts, std::shared_ptr<SSL_CTX> tls)
    : scripts_(std::move(scripts)),
      tls_(std::move(tls)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)),
      ending_(::eventfd(0, 0)) {
  const auto address = std::bit_cast<sockaddr>(loopback());
  if (::bind(listener_, &address, sizeof address) != 0 || ::listen(listener_, 64) != 0)
    throw std::runtime_error("no listening socket");
  sockaddr bound{};
  socklen_t size = sizeof bound;
  ::getsockname(listener_, &bound, &size);
  port_ = ntohs(std::bit_cast<sockaddr_in>(bound).sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ::eventfd_write(ending_, 1);
  acceptor_.join();
  ::close(ending_);
  ::close(listener_);
  finish();
}

// Also those that have come when the end is asked for: a client may be that quick.
void ScriptedServer::accept_all() {
  for (std::size_t number = 0;; ++number) {
    std::array<pollfd, 2> waiting{pollfd{.fd = listener_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = ending_, .events = POLLIN, .revents = 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    ++connections_;
    const Script& script = scripts_[std::min(number, scripts_.size() - 1)];
    const std::lock_guard lock(mutex_);
    peers_.emplace_back([this, &script, socket] {
      Peer peer(socket, tls_.get());
      script(peer);
    });
  }
}

void ScriptedServer::finish() {
  std::unique_lock lock(mutex_);
  const auto done = std::exchange(peers_, {});  // joined when it goes out of scope
  lock.unlock();
}

ScriptedServer::Script answer_each(std::function<std::string(const SeenRequest&)> answer) {
  return [answer = std::move(answer)](Peer& peer) {
    for (SeenRequest seen = peer.read_request(); !seen.head.empty(); seen = peer.read_request()) {
      if (!peer.send(answer(seen))) return;
    }
  };
}

}  // namespace longshore::fakes
