#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace longshore {

struct OpensslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

/// What all our TLS connections to servers have in common: TLS 1.2 or later, certificates that must be signed
/// by a known authority. Made once; thread-safe afterwards.
class TlsContext {
 public:
  /// `ca_file`: authorities in PEM; "": the system's. Throws std::runtime_error if it cannot be read.
  explicit TlsContext(const std::string& ca_file);

  /// A client's session that takes `host` (a name or an address) alone for the server's name.
  [[nodiscard]] std::unique_ptr<SSL, OpensslFree> session_with(const std::string& host) const;

 private:
  std::unique_ptr<SSL_CTX, OpensslFree> context_;
};

}  // namespace longshore
