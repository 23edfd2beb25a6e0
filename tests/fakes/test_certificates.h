#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace longshore::fakes {

/// An authority of a test's own, and certificates that it signs; all are good for an hour.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);

  /// The authority's certificate in PEM.
  [[nodiscard]] std::string pem() const;

  struct ServerOptions {
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  // as OpenSSL writes subjectAltName
    bool expired = false;
    int tls_version_max = TLS1_3_VERSION;
  };
  /// What a server needs, with a certificate for these names.
  [[nodiscard]] std::shared_ptr<SSL_CTX> server(const ServerOptions& options) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

}  // namespace longshore::fakes
