#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

namespace longshore {

struct OpensslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

/// What all our TLS connections to servers have in common: TLS 1.2 or later, certificates that must be signed
/// by a known authority. Made once; thread-safe afterwards. The system's list of authorities takes megabytes
/// of memory, and is read for the first session.
class TlsContext {
 public:
  struct Options {
    std::string ca_file;           // authorities in PEM; "": the system's
    std::string certificate_file;  // ours, with its chain, in PEM, for servers that want one; "": none
    std::string key_file;          // its key
    std::string protocol;          // offered by ALPN; "": none
  };
  /// Throws std::runtime_error if a file cannot be read.
  explicit TlsContext(const Options& options);
  /// For HTTP/1.1.
  explicit TlsContext(const std::string& ca_file);

  /// A client's session that takes `host` (a name or an address) alone for the server's name. Throws
  /// std::runtime_error where it cannot be made.
  [[nodiscard]] std::unique_ptr<SSL, OpensslFree> session_with(const std::string& host) const;

 private:
  const std::unique_ptr<SSL_CTX, OpensslFree> context_;
  const bool trusts_system_;
  mutable std::once_flag system_is_read_;
};

}  // namespace longshore
