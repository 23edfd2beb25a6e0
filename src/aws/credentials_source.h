#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "domain/error.h"
#include "net/blocking_pool.h"
#include "net/http_client.h"

namespace longshore::aws {

/// Where credentials come from, one class a place. Called by RefreshingProvider, one fetch at a time.
class CredentialsSource {
 public:
  CredentialsSource() = default;
  CredentialsSource(const CredentialsSource&) = delete;
  CredentialsSource& operator=(const CredentialsSource&) = delete;
  virtual ~CredentialsSource() = default;

  /// What it is, for the log: "instance metadata".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Throws Error as CredentialsProvider::get().
  virtual Task<Credentials> fetch() = 0;
};

/// Errors of sources. Neither of them may hold what a server has sent, but for short codes.
Error misconfigured(const std::string& what);
Error not_now(const std::string& what);

/// What an endpoint of credentials has answered.
struct EndpointAnswer {
  int status = 0;
  std::string body;
};

/// One call to an endpoint of credentials, whose answer is small. `what` is named in errors: "the container's
/// credentials endpoint". Throws Error: store_unavailable if there is no answer, or one of 429, 500 and
/// above.
Task<EndpointAnswer> call_endpoint(HttpClient& http, HttpRequest request, std::string what);

/// The token that a small file holds, without the end of its line; `variable` names it in errors. Throws
/// Error store_refused.
Task<Secret> read_token_file(BlockingPool& files, std::string path, std::string variable);

}  // namespace longshore::aws
