#include "apps/longshored/not_yet.h"

#include <array>

#include <fmt/format.h>

namespace longshore::server {
namespace {

constexpr std::string_view kNoTls = "has no TLS: put a proxy in front that ends it";
constexpr std::string_view kNoBucketSetup =
    "leaves the bucket as it is: set its lifecycle rule by the store's own tools";
constexpr std::string_view kNoEncryption =
    "asks for no encryption: a bucket's own default does without being asked";
constexpr std::string_view kNoKeys = "has no encryption with customers' keys";
constexpr std::string_view kNoAuth =
    "has no authentication: keep it on a loopback address, or behind a proxy that authenticates";

constexpr std::array kSettings = {
    NotYet{"grpc.tls_cert", kNoTls},
    NotYet{"grpc.tls_key", kNoTls},
    NotYet{"grpc.client_ca", kNoTls},
    NotYet{"http.tls_cert", kNoTls},
    NotYet{"http.tls_key", kNoTls},
    NotYet{"http.client_ca", kNoTls},
    NotYet{"http.cors_origins", "answers no requests of other origins' pages"},
    NotYet{"store.s3.encryption", kNoEncryption},
    NotYet{"store.s3.kms_key_id", kNoEncryption},
    NotYet{"store.versions", "keeps no replaced objects"},
    NotYet{"keys", kNoKeys},
    NotYet{"auth", kNoAuth},
    NotYet{"audit", kNoAuth},
};

constexpr std::array kVerbs = {
    NotYet{"bucket", kNoBucketSetup},
    NotYet{"token", kNoAuth},
    NotYet{"rotate-connector", kNoKeys},
};

}  // namespace

std::span<const NotYet> settings_not_yet() { return kSettings; }
std::span<const NotYet> verbs_not_yet() { return kVerbs; }

std::string says(const NotYet& later) { return fmt::format("not in this release, which {}", later.because); }

}  // namespace longshore::server
