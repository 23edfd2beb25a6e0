// A store that throws bytes away: an S3 look-alike on a free port of the loopback, cheaper than any relay, so
// that what is measured is the relay.
//   throwaway_s3 [--certificate FILE --key FILE]     TLS with these
// Prints its endpoint and serves until its standard input ends.
#include <atomic>
#include <csignal>
#include <iostream>
#include <list>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "bench/throwaway/session.h"

namespace {

using boost::asio::ip::tcp;
namespace bench = longshore::bench;

/// One connection on a thread of its own: blocking calls are the cheapest.
class Connection {
 public:
  Connection(tcp::socket socket, const bench::WireFactory& wires, bench::ThrowawayS3& store)
      : socket_(std::move(socket)), thread_([this, &wires, &store] { run(wires, store); }) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    thread_.join();
  }

  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void run(const bench::WireFactory& wires, bench::ThrowawayS3& store) {
    try {
      socket_.set_option(tcp::no_delay(true));
      bench::serve(*wires.make(socket_), store);
    } catch (const std::exception&) {  // the client has gone, and knows
    }
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    ended_ = true;
  }

  tcp::socket socket_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

void run(const bench::TlsFiles& files) {
  std::signal(SIGPIPE, SIG_IGN);
  const bench::WireFactory wires(files);
  bench::ThrowawayS3 store;
  boost::asio::io_context loop;
  tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
  std::cout << (files.certificate.empty() ? "http" : "https")
            << "://127.0.0.1:" << acceptor.local_endpoint().port() << "\n"
            << std::flush;

  std::thread until_input_ends([&acceptor] {
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);  // ends the blocking accept
  });
  std::list<Connection> connections;
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket = acceptor.accept(error);
    if (error == boost::asio::error::invalid_argument) break;  // shut down
    if (error) continue;
    connections.remove_if([](const Connection& one) { return one.ended(); });
    connections.emplace_back(std::move(socket), wires, store);
  }
  until_input_ends.join();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A store that throws bytes away", "throwaway_s3");
  bench::TlsFiles files;
  app.add_option("--certificate", files.certificate);
  app.add_option("--key", files.key);
  CLI11_PARSE(app, argc, argv);
  try {
    run(files);
  } catch (const std::exception& error) {
    std::cerr << "throwaway_s3: " << error.what() << '\n';
    return 1;
  }
}
