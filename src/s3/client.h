#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "obs/log.h"
#include "ports/body_source.h"
#include "s3/classify.h"
#include "s3/expect_habit.h"
#include "s3/outgoing_body.h"
#include "s3/request.h"
#include "s3/retry.h"
#include "s3/routes.h"

namespace longshore::s3 {

struct ClientOptions {
  Millis connect_timeout = std::chrono::seconds{10};
  Millis read_timeout = std::chrono::seconds{60};  // between two bytes, and for the head of an answer
  RetryPolicy retry;
  ExpectContinue expect_continue = ExpectContinue::automatic;
};

/// What a client works with; all of it outlives the client.
struct ClientTools {
  HttpClient& http;
  aws::CredentialsProvider& credentials;
  Timers& timers;
  const Clock& clock;
  Random& random;
  Log log;
};

/// An answer of success. `text` is its whole body, unless it is to be streamed: then `http` still holds it.
struct Reply {
  HttpAnswer http;
  std::string text;

  /// The value of a field; "" if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// Sends calls to one bucket: signed anew at each try, tried again where that is right and the budget
/// allows, sent on to where the bucket turns out to be, which is remembered for as long as it leads anywhere.
/// An error says "not done" only if that holds for every try. Of a call's body nothing is
/// pulled before the store is ready for it; what was pulled and cannot be given again is not retried.
/// Thread-safe.
class Client {
 public:
  Client(Place place, ClientOptions options, ClientTools tools);

  /// A call and its whole answer. `body`, for streamed payloads, is pulled on the caller's executor. Throws
  /// Error; what the body throws, as it is.
  Task<Reply> send(Call call, OutgoingBody* body = nullptr);
  /// A call whose answer is read piece by piece. `pace`: slow, where it is read for somebody else.
  Task<Reply> open(Call call, HttpPace pace);

 private:
  enum class Reading { whole, streamed };

  /// A try that was none.
  struct Failure {
    Next next;
    Error error;
    Answer answer = {};  // none: it stays empty
  };
  using Try = std::variant<Reply, Failure>;

  /// What one call has been through, so that nothing is done about it for ever.
  struct Course {
    Routes::Ptr route;
    HttpPace pace;
    aws::CredentialsPtr credentials;
    int retries = 0;
    int follows = 0;
    bool renewed = false;
    bool in_doubt = false;  // some try may have been done
    bool took_clock = false;
  };

  Task<Reply> run(const Call& call, OutgoingBody* body, Reading reading, HttpPace pace);
  Task<Reply> insist(const Call& call, OutgoingBody* body, Reading reading, Course& course);
  Task<Try> try_once(const Call& call, OutgoingBody* body, Reading reading, Course& course);
  Task<Try> read(HttpAnswer http, const Call& call, Reading reading);
  void tell(const Failure& failure, const Call& call) const;
  Task<bool> mend(const Failure& failure, const Call& call, Course& course);
  HttpRequest request_of(const Call& call, OutgoingBody* body, Course& course);
  void sign(const Call& call, const std::string& target, HttpFields& fields, const Course& course) const;
  [[nodiscard]] Millis patience_of(const Call& call) const;
  [[nodiscard]] Time store_now() const;

  const ClientOptions options_;
  const ClientTools tools_;
  RetryBudget budget_;
  std::atomic<std::int64_t> skew_ms_{0};  // the store's clock less ours
  ExpectHabit expects_continue_;
  Routes routes_;
};

}  // namespace longshore::s3
