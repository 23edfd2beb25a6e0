#include "bench/throwaway/wire.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace longshore::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class PlainWire final : public Wire {
 public:
  explicit PlainWire(tcp::socket& socket) : socket_(socket) {}

  std::size_t read(MutableBytes out) override {
    boost::system::error_code error;
    const std::size_t bytes = socket_.read_some(asio::buffer(out.data(), out.size()), error);
    if (error && error != asio::error::eof) throw std::runtime_error(error.message());
    return bytes;
  }

  void discard(std::int64_t bytes) override {
    while (bytes > 0) {
      // Of TCP the kernel frees the bytes without copying them anywhere (tcp(7)).
      const auto freed = ::recv(socket_.native_handle(), nullptr, static_cast<std::size_t>(bytes), MSG_TRUNC);
      if (freed == 0) throw std::runtime_error("the client has closed in the middle of a body");
      if (freed < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "recv");
      bytes -= std::max<std::int64_t>(freed, 0);
    }
  }

  void write(std::string_view text) override { asio::write(socket_, asio::buffer(text)); }

 private:
  tcp::socket& socket_;
};

class TlsWire final : public Wire {
 public:
  TlsWire(SSL_CTX* context, tcp::socket& socket) : session_(SSL_new(context), &SSL_free) {
    SSL_set_fd(session_.get(), socket.native_handle());
    if (SSL_accept(session_.get()) != 1) throw std::runtime_error("no TLS handshake");
  }

  std::size_t read(MutableBytes out) override {
    std::size_t bytes = 0;
    return SSL_read_ex(session_.get(), out.data(), out.size(), &bytes) == 1 ? bytes : 0;
  }

  void discard(std::int64_t bytes) override {
    std::array<std::byte, 64 * 1024> scrap{};
    while (bytes > 0) {
      const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(bytes, std::ssize(scrap)));
      const std::size_t read_bytes = read(MutableBytes(scrap).first(wanted));
      if (read_bytes == 0) throw std::runtime_error("the client has closed in the middle of a body");
      bytes -= static_cast<std::int64_t>(read_bytes);
    }
  }

  void write(std::string_view text) override {
    std::size_t bytes = 0;
    if (SSL_write_ex(session_.get(), text.data(), text.size(), &bytes) != 1)
      throw std::runtime_error("the client takes no answer");
  }

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> session_;
};

}  // namespace

WireFactory::WireFactory(const TlsFiles& files) {
  if (files.certificate.empty()) return;
  tls_.reset(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate_chain_file(tls_.get(), files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls_.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("no certificate and key in " + files.certificate + " and " + files.key);
}

std::unique_ptr<Wire> WireFactory::make(tcp::socket& socket) const {
  if (tls_) return std::make_unique<TlsWire>(tls_.get(), socket);
  return std::make_unique<PlainWire>(socket);
}

}  // namespace longshore::bench
