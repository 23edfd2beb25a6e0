#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "coordinator/requests.h"
#include "front/common/request_memory.h"
#include "front/http/connection.h"
#include "front/http/framing.h"
#include "front/http/front_context.h"
#include "front/http/request_body.h"
#include "front/http/request_head.h"
#include "front/http/response.h"
#include "front/http/routes.h"
#include "front/http/target.h"

namespace longshore::http {

/// One request and its answer, as handlers see it. Made by the session for each request; one answer is sent
/// through it, whole (send) or in pieces (begin, then write).
class Exchange {
 public:
  Exchange(FrontContext& context, Connection& connection, std::string request_id,
           boost::asio::ip::address client)
      : context_(context),
        connection_(connection),
        request_id_(std::move(request_id)),
        client_(std::move(client)),
        memory_(context.limits, client_) {}

  // The request.

  [[nodiscard]] Coordinator& coordinator() const { return context_.ports.coordinator; }
  [[nodiscard]] const PublicCalls& public_calls() const { return context_.public_calls; }
  [[nodiscard]] FrontContext& context() const { return context_; }
  [[nodiscard]] Caller caller() const { return {.request_id = request_id_, .account_id = ""}; }
  [[nodiscard]] const RequestHead& head() const { return head_; }

  /// What stands in the pattern's place of that name.
  [[nodiscard]] const std::string& parameter(std::string_view name) const;
  /// A query parameter; nullopt: absent.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const {
    return target_.find_query(name);
  }
  /// "true" or "false"; absent is false. Throws invalid_request.
  [[nodiscard]] bool query_flag(std::string_view name) const;
  /// The whole query into the fields of the same names (query_message.h).
  void read_query(google::protobuf::Message& message) const;

  [[nodiscard]] RequestBody& body() { return *body_; }
  [[nodiscard]] RequestMemory& memory() { return memory_; }
  /// A body announced its length, 0 included.
  [[nodiscard]] bool has_content_length() const { return head_.count("content-length") > 0; }
  /// The JSON body into `message`; an absent one counts as {}. Gives its share of the memory for bodies, to
  /// be held as long as `message`. Throws invalid_request and what receive_json() throws.
  [[nodiscard]] Task<BufferPool::Reservation> read_json(google::protobuf::Message& message,
                                                        std::size_t bytes_max);

  // The answer.

  /// Throws Error as ClientLimits::admit_answer(); then nothing was sent.
  Task<void> send(Response response);
  Task<void> send_json(int status, const google::protobuf::Message& message);

  /// The head of an answer whose body follows by write(). Without `length` the body ends with the connection.
  Task<void> begin(Response response, std::optional<std::int64_t> length);
  Task<void> write(ByteView bytes);

  /// A field that the answer shall have if it becomes an error (Allow, Content-Range).
  void add_error_field(Field field) { error_fields_.push_back(std::move(field)); }
  /// It is a progress stream: from here on a drain does not wait for what it does, only for its last word.
  /// Throws Error: busy where there are too many, rate_limited where too many are this client's.
  void becomes_watcher();

  [[nodiscard]] bool is_head() const { return head_.method == "HEAD"; }
  [[nodiscard]] bool client_has_left() { return connection_.peer_has_ended(); }
  /// A URL of this server, as clients reach it; `path` begins with a slash.
  [[nodiscard]] std::string url(std::string_view path) const {
    return context_.config.public_url + std::string(path);
  }

 private:
  friend class Session;
  friend void record_request(const Exchange& exchange, int status, const std::optional<Error>& error,
                             std::chrono::steady_clock::time_point started);
  void take_status(int status);
  /// Throws as send().
  Task<void> send_error(const Error& error);

  FrontContext& context_;
  Connection& connection_;
  const std::string request_id_;
  const boost::asio::ip::address client_;
  RequestMemory memory_;
  std::optional<ClientLimits::Asker> asker_;  // nullopt: on the operators' own listener, where none is
                                              // limited
  Counted counted_{context_.requests};
  ClientShares::Share watching_;  // of a progress stream

  // Filled by the session, step by step.
  RequestHead head_;
  Framing framing_;
  Target target_;
  Matched matched_;
  std::optional<RequestBody> body_;

  std::vector<Field> error_fields_;
  int status_ = 0;         // of the answer; 0: none yet
  bool close_ = false;     // the connection ends after the answer
  std::int64_t owed_ = 0;  // bytes that were announced and are not written yet
};

}  // namespace longshore::http
