#include "net/tls_context.h"

#include <stdexcept>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace longshore {
namespace {

void require(bool done, const std::string& what) {
  if (done) return;
  ERR_clear_error();
  throw std::runtime_error("TLS: " + what);
}

void offer(SSL_CTX* context, const std::string& protocol) {
  std::vector<unsigned char> list{static_cast<unsigned char>(protocol.size())};
  list.insert(list.end(), protocol.begin(), protocol.end());
  require(SSL_CTX_set_alpn_protos(context, list.data(), static_cast<unsigned>(list.size())) == 0, "no ALPN");
}

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

TlsContext::TlsContext(const std::string& ca_file)
    : TlsContext(
          Options{.ca_file = ca_file, .certificate_file = {}, .key_file = {}, .protocol = "http/1.1"}) {}

TlsContext::TlsContext(const Options& options)
    : context_(SSL_CTX_new(TLS_client_method())), trusts_system_(options.ca_file.empty()) {
  SSL_CTX* context = context_.get();
  require(context != nullptr, "no context");
  require(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2 is not available");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // A write may stop anywhere and go on from another place; idle connections hold no buffers.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  if (!options.protocol.empty()) offer(context, options.protocol);
  if (!options.certificate_file.empty()) {
    require(SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) == 1,
            "no certificate can be read from " + options.certificate_file);
    require(SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1,
            "no key of that certificate can be read from " + options.key_file);
  }
  if (!trusts_system_) {
    require(SSL_CTX_load_verify_file(context, options.ca_file.c_str()) == 1,
            "no certificates of authorities can be read from " + options.ca_file);
  }
}

std::unique_ptr<SSL, OpensslFree> TlsContext::session_with(const std::string& host) const {
  std::call_once(system_is_read_, [this] {
    if (!trusts_system_) return;
    require(SSL_CTX_set_default_verify_paths(context_.get()) == 1, "the system has no list of authorities");
  });
  std::unique_ptr<SSL, OpensslFree> session(SSL_new(context_.get()));
  require(session != nullptr, "no session");
  if (is_address(host)) {
    require(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str()) == 1, "no address");
  } else {
    SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    require(SSL_set1_host(session.get(), host.c_str()) == 1, "no host name");
    require(SSL_set_tlsext_host_name(session.get(), host.c_str()) == 1, "no server name");
  }
  SSL_set_connect_state(session.get());
  return session;
}

}  // namespace longshore
