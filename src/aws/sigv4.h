#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"
#include "net/http_message.h"

/// AWS Signature Version 4, as S3 and its relatives want it. Pure: time and credentials are arguments.
namespace longshore::aws {

// What stands in x-amz-content-sha256, and is signed, where it is not the body's hash.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
inline constexpr std::string_view kSignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kSignedChunksTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

/// The hash of a body that is there, as it stands in x-amz-content-sha256: SHA-256 in lower-case hex.
std::string payload_hash(ByteView body);

/// A path as it is sent and signed: everything but unreserved characters and '/' percent-encoded, once. Takes
/// the text as it is: no "." or "..", no "//" is resolved.
std::string encode_path(std::string_view path);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // names and values, not encoded
/// A query as it is sent and signed: encoded, sorted, with "=" also where the value is empty. Without '?'.
std::string encode_query(const QueryParameters& parameters);

/// What is signed. Refers to the caller's texts.
struct SignableRequest {
  std::string_view method;
  std::string_view target;   // as sent: of encode_path(), '?' and encode_query()
  const HttpFields& fields;  // all are signed, so: host, x-amz-*, content-type, and none that a proxy alters
  std::string_view payload;  // payload_hash() or one of the constants above
};

/// Signs the chunks of a body in aws-chunked coding, each with the signature of the one before: feed them in
/// order. Made by Signer::sign(); one body, one owner.
class ChunkSigner {
 public:
  /// The signature of the next chunk; the last one is empty.
  std::string sign_chunk(ByteView data);
  /// The signature of the trailer: its lines as sent, "name:value\n" each, without x-amz-trailer-signature.
  std::string sign_trailer(std::string_view lines);

 private:
  friend class Signer;
  std::string sign(std::string_view kind, const std::string& hashes);

  Secret key_;
  std::string date_and_scope_;  // two lines of the string to sign
  std::string previous_;
};

/// What a signature adds to a request.
struct Signed {
  HttpFields fields;   // x-amz-date, x-amz-content-sha256 (S3), x-amz-security-token if any, authorization
  ChunkSigner chunks;  // for the two kSigned... payloads
};

/// Signs requests for one region and service. Keeps the signing key, which is made anew for each day and
/// set of credentials. Thread-safe.
class Signer {
 public:
  /// `service`: "s3", "kms".
  Signer(std::string region, std::string service);

  /// `now`: the time by the server's clock, which may differ from ours. The request's fields must hold host.
  Signed sign(const SignableRequest& request, const CredentialsPtr& credentials, Time now);

 private:
  struct Moment {
    std::string time;   // "20130524T000000Z"
    std::string scope;  // "20130524/us-east-1/s3/aws4_request"
    Secret key;
  };

  Moment moment_of(const CredentialsPtr& credentials, Time now);
  Secret key_for(const CredentialsPtr& credentials, const std::string& date);

  const std::string region_;
  const std::string service_;
  std::mutex mutex_;  // of what follows
  CredentialsPtr key_credentials_;
  std::string key_date_;
  Secret key_;
};

}  // namespace longshore::aws
