#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include "base/bytes.h"

namespace longshore::bench {

/// What a client sends and is sent, blocking. Throws std::runtime_error when the connection is broken.
class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  /// At least one byte; 0 at the end.
  virtual std::size_t read(MutableBytes out) = 0;
  /// Throws bytes away, which are to come.
  virtual void discard(std::int64_t bytes) = 0;
  virtual void write(std::string_view text) = 0;
};

struct TlsFiles {
  std::string certificate;  // PEM; empty: plain TCP
  std::string key;
};

/// Makes the wires of one server. Throws std::runtime_error where a file is not what it should be.
class WireFactory {
 public:
  explicit WireFactory(const TlsFiles& files);

  /// Over a connected, blocking socket, which outlives the wire. With TLS it shakes hands first.
  [[nodiscard]] std::unique_ptr<Wire> make(boost::asio::ip::tcp::socket& socket) const;

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, &SSL_CTX_free};
};

}  // namespace longshore::bench
