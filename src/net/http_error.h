#pragma once

#include <exception>
#include <string>
#include <utility>

namespace longshore {

enum class HttpFailure {
  no_such_host,  // the name is not known
  unreachable,   // refused, no route, not in time, no answer about the name
  untrusted,     // the TLS handshake failed: certificate, name, protocol version
  busy,          // no connection to this server came free in time
  timeout,       // the server stopped reading, or did not answer in time
  lost,          // the connection ended or was reset before the answer was whole
  malformed,     // what came is no HTTP answer that we take
  too_large,     // the answer's body is longer than the caller takes
};

/// A request that got no answer, or not a whole one. `what()` names the server and what went wrong; never the
/// target, a field or a byte of a body.
class HttpError : public std::exception {
 public:
  /// What had left us of the request. Unless that is all of it, the server cannot have done it.
  enum class Sent { nothing, part, all };

  HttpError(HttpFailure failure, Sent sent, std::string message)
      : failure_(failure), sent_(sent), message_(std::move(message)) {}

  [[nodiscard]] HttpFailure failure() const { return failure_; }
  [[nodiscard]] Sent sent() const { return sent_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  HttpFailure failure_;
  Sent sent_;
  std::string message_;
};

}  // namespace longshore
