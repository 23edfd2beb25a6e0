#include "front/http/exchange.h"

#include <stdexcept>
#include <utility>

#include "front/http/json_body.h"
#include "front/http/query_message.h"
#include "net/race.h"
#include "wire/json.h"

namespace longshore::http {

const std::string& Exchange::parameter(std::string_view name) const {
  for (const auto& [known, value] : matched_.parameters) {
    if (known == name) return value;
  }
  throw std::logic_error("a handler asks for a parameter that its route does not have");
}

bool Exchange::query_flag(std::string_view name) const {
  const auto value = query(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  throw invalid_field(name, std::string(name) + " must be true or false");
}

void Exchange::read_query(google::protobuf::Message& message) const { http::read_query(target_, message); }

Task<BufferPool::Reservation> Exchange::read_json(google::protobuf::Message& message, std::size_t bytes_max) {
  auto [text, room] = co_await receive_json(context_, *body_, memory_, bytes_max);
  const auto problem = text.empty() ? std::nullopt : longshore::read_json(text, message);
  if (problem) {
    throw invalid_field(problem->field,
                        problem->field.empty() ? problem->what : problem->field + ": " + problem->what);
  }
  co_return std::move(room);
}

void Exchange::becomes_watcher() {
  watching_ = context_.limits.admit_watcher(client_);
  counted_.move_to(context_.watchers);
}

void Exchange::take_status(int status) {
  if (status_ != 0) throw std::logic_error("a second answer to one request");
  status_ = status;
  if (context_.draining) close_ = true;
  if (body_ && !body_->rest_is_little())
    close_ = true;  // what is unread of the request ends with the connection
}

Task<void> Exchange::send(Response response) {
  const auto length = static_cast<std::int64_t>(response.body.size());
  const bool bodiless = is_head() || response.status == 304;
  ClientShares::Share room;
  if (asker_ && !bodiless) room = context_.limits.admit_answer(client_, length, *asker_);
  const std::string body = std::move(response.body);
  take_status(response.status);
  const std::string head = response_head(
      response, {.request_id = request_id_,
                 .now = context_.ports.clock.now(),
                 .close = close_,
                 .content_length = response.status == 304 ? std::nullopt : std::optional(length)});
  Task<void> written = connection_.write(as_bytes(head), bodiless ? ByteView{} : as_bytes(body));
  if (asker_ != ClientLimits::Asker::probe) co_return co_await std::move(written);
  const bool in_time = co_await ends_within(context_.ports.timers, context_.config.header_timeout,
                                            std::move(written));
  if (!in_time) throw ConnectionLost();
}

Task<void> Exchange::send_json(int status, const google::protobuf::Message& message) {
  co_await send(json_response(status, write_json(message)));
}

Task<void> Exchange::send_error(const Error& error) {
  Response response = error_response(error, request_id_);
  response.fields.insert(response.fields.end(), error_fields_.begin(), error_fields_.end());
  co_await send(std::move(response));
}

Task<void> Exchange::begin(Response response, std::optional<std::int64_t> length) {
  take_status(response.status);
  if (!length) close_ = true;
  const std::string head = response_head(response, {.request_id = request_id_,
                                                    .now = context_.ports.clock.now(),
                                                    .close = close_,
                                                    .content_length = length});
  owed_ = is_head() ? 0 : length.value_or(0);
  co_await connection_.write(as_bytes(head));
}

Task<void> Exchange::write(ByteView bytes) {
  owed_ -= static_cast<std::int64_t>(bytes.size());
  co_await connection_.write(bytes);
}

}  // namespace longshore::http
