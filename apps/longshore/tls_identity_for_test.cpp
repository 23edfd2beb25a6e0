#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "apps/longshore/tls_identity.h"

namespace longshore::cli::testing {

namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freer<std::fclose>>;

void require(bool done) {
  if (!done) throw std::runtime_error("no certificate could be made");
}

}  // namespace

TlsIdentity make_tls_identity(const std::filesystem::path& folder) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Certificate certificate(X509_new());
  require(key && certificate);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  constexpr long kHour = 3600;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  X509_set_pubkey(certificate.get(), key.get());
  const Extension names(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
  require(names && X509_add_ext(certificate.get(), names.get(), -1) == 1);
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  const TlsIdentity out{.certificate = folder / "certificate.pem", .key = folder / "key.pem"};
  const File certificate_file(std::fopen(out.certificate.c_str(), "w"));
  const File key_file(std::fopen(out.key.c_str(), "w"));
  require(certificate_file && PEM_write_X509(certificate_file.get(), certificate.get()) == 1);
  require(key_file &&
          PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return out;
}

}  // namespace longshore::cli::testing
