#include "tests/fakes/test_certificates.h"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace longshore::fakes {
namespace {

constexpr long kHour = 3600;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL makes no test certificate");
}

std::shared_ptr<EVP_PKEY> make_key() {
  std::string curve = "P-256";
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.data()), EVP_PKEY_free};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// A certificate that still wants its extensions and its signature.
std::shared_ptr<X509> make_certificate(const std::string& name, EVP_PKEY* key, bool expired) {
  static long serial = 0;
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509* raw = certificate.get();
  require(X509_set_version(raw, X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), -2 * kHour);
  X509_gmtime_adj(X509_getm_notAfter(raw), expired ? -kHour : kHour);
  X509_set_pubkey(raw, key);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(raw), NID_commonName, MBSTRING_ASC,
                             std::basic_string<unsigned char>(name.begin(), name.end()).c_str(), -1, -1, 0);
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name)
    : key_(make_key()), certificate_(make_certificate(name, key_.get(), false)) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate_.get(), NID_key_usage, "critical,keyCertSign");
  require(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
}

std::string TestAuthority::pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  require(PEM_write_bio_X509(memory.get(), certificate_.get()) == 1);
  std::string text(static_cast<std::size_t>(BIO_pending(memory.get())), '\0');
  BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
  return text;
}

std::shared_ptr<SSL_CTX> TestAuthority::server(const ServerOptions& options) const {
  const auto key = make_key();
  const auto certificate = make_certificate("test server", key.get(), options.expired);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  add_extension(certificate.get(), NID_subject_alt_name, options.alternative_names);
  require(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);

  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // so that old versions of TLS can be offered
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), options.tls_version_max);
  require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
  require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return context;
}

}  // namespace longshore::fakes
