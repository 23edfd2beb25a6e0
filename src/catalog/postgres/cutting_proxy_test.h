#pragma once

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/file.h"

namespace longshore::postgres {

/// Between a client and a PostgreSQL server, without TLS: cuts a connection around its next COMMIT.
class CuttingProxy {
 public:
  enum class Cut {
    none,
    before,  // the server never sees it
    after,   // it is made, and nobody is told
    stall,   // it is made, and neither side hears more
  };

  explicit CuttingProxy(int server)
      : server_(server), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(listener_.get(), as_address(address), size);
    ::listen(listener_.get(), SOMAXCONN);
    ::getsockname(listener_.get(), as_address(address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy() {
    stopping_ = true;
    thread_.join();
  }

  void cut_next(Cut cut) { cut_ = cut; }
  [[nodiscard]] int cuts() const { return cuts_; }

  int port = 0;

 private:
  struct Pair {
    Fd client;
    Fd server;
    bool silent = false;
  };

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  static sockaddr* as_address(sockaddr_in& address) {
    return static_cast<sockaddr*>(static_cast<void*>(&address));
  }

  void run() {
    while (!stopping_) {
      std::vector<pollfd> watched{{listener_.get(), POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        const short events = pair.silent ? 0 : POLLIN;
        watched.push_back({pair.client.get(), events, 0});
        watched.push_back({pair.server.get(), events, 0});
      }
      ::poll(watched.data(), watched.size(), 20);
      std::vector<Pair> going_on;
      for (std::size_t i = 0; i < pairs_.size(); ++i) {
        Pair& pair = pairs_[i];
        const bool up = pair.silent || watched[1 + 2 * i].revents == 0 || from_client(pair);
        if (up && (pair.silent || watched[2 + 2 * i].revents == 0 || pass(pair.server, pair.client)))
          going_on.push_back(std::move(pair));
      }
      pairs_ = std::move(going_on);
      if (watched[0].revents != 0) accept();
    }
  }

  void accept() {
    Pair pair{Fd(::accept(listener_.get(), nullptr, nullptr)),
              Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    sockaddr_in address = loopback(server_);
    if (::connect(pair.server.get(), as_address(address), sizeof address) == 0)
      pairs_.push_back(std::move(pair));
  }

  std::string_view read(const Fd& from) {
    const ssize_t size = ::recv(from.get(), buffer_.data(), buffer_.size(), 0);
    return {buffer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  bool pass(const Fd& from, const Fd& to) {
    const std::string_view bytes = read(from);
    return !bytes.empty() && write_all(to.get(), std::as_bytes(std::span(bytes)));
  }

  bool from_client(Pair& pair) {
    const std::string_view bytes = read(pair.client);
    if (bytes.empty()) return false;
    const bool is_commit = bytes.find("COMMIT") != std::string_view::npos;
    const Cut cut = is_commit ? cut_.exchange(Cut::none) : Cut::none;
    if (cut != Cut::none) ++cuts_;
    if (cut == Cut::before) return false;
    if (!write_all(pair.server.get(), std::as_bytes(std::span(bytes)))) return false;
    if (cut == Cut::none) return true;
    read(pair.server);  // the answer: it is made
    pair.silent = cut == Cut::stall;
    return pair.silent;
  }

  const int server_;
  Fd listener_;
  std::vector<Pair> pairs_;
  std::array<char, 65536> buffer_{};
  std::atomic<Cut> cut_ = Cut::none;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace longshore::postgres
