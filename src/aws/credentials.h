#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "ports/body_source.h"

/// Who we are towards S3 and its relatives.
namespace longshore::aws {

/// One set: key, secret and token belong together and are never mixed with those of another set.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;              // empty: none is sent
  std::optional<Time> expires = {};  // nullopt: they do not
};
using CredentialsPtr = std::shared_ptr<const Credentials>;  // a snapshot; its identity tells sets apart

/// Gives the credentials of the moment: ask for each request, and use the one snapshot for all of it.
/// Thread-safe.
class CredentialsProvider {
 public:
  CredentialsProvider() = default;
  CredentialsProvider(const CredentialsProvider&) = delete;
  CredentialsProvider& operator=(const CredentialsProvider&) = delete;
  virtual ~CredentialsProvider() = default;

  /// Seldom waits: new ones are fetched ahead of time, and the old ones serve until they expire. Throws
  /// Error: store_refused (outcome refused; the configuration is wrong or we are not let in) or
  /// store_unavailable (outcome retry). It is never another provider that answers then.
  virtual Task<CredentialsPtr> get() = 0;

  /// The server says that `rejected` has expired. Gives newer ones, fetching them if nobody has yet: any
  /// number of requests that fail together cause one fetch. Gives `rejected` itself where there are no newer
  /// ones (they do not expire). Throws as get().
  virtual Task<CredentialsPtr> renew(CredentialsPtr rejected) = 0;
};

}  // namespace longshore::aws
