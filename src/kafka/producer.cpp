#include "kafka/producer.h"

#include <array>
#include <chrono>
#include <memory>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "domain/error.h"
#include "kafka/batch.h"

namespace longshore::kafka {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr int kPollMs = 100;  // until an end, or a fatal error, is noticed
// Between two producers where each ends by the same fatal error: a right that is missing, for instance.
constexpr std::chrono::seconds kRenewalPause{5};
constexpr int kPurgeMs = 2000;  // its threads report what they drop at once

using Headers = std::unique_ptr<rd_kafka_headers_t, Destroy<rd_kafka_headers_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;

/// Where the report of a record goes; librdkafka holds it until then.
struct Report {
  std::shared_ptr<Batch> batch;
  std::size_t place = 0;
};

void take_report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const std::unique_ptr<Report> report(static_cast<Report*>(message->_private));
  Delivery delivery;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) delivery = rd_kafka_err2str(message->err);
  report->batch->report(report->place, std::move(delivery));
}

Headers headers_of(const Record& record) {
  Headers headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

rd_kafka_vu_t topic_field(const std::string& topic) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_TOPIC;
  field.u.cstr = topic.c_str();
  return field;
}

/// librdkafka copies the bytes.
rd_kafka_vu_t bytes_field(rd_kafka_vtype_t type, std::string& bytes) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  field.u.mem.ptr = bytes.data();
  field.u.mem.size = bytes.size();
  return field;
}

/// Takes `report` unless it says why not.
Delivery produce(rd_kafka_t* producer, Record& record, std::unique_ptr<Report>& report) {
  Headers headers = headers_of(record);
  rd_kafka_vu_t flags{};
  flags.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  flags.u.i = RD_KAFKA_MSG_F_COPY;
  rd_kafka_vu_t headers_field{};
  headers_field.vtype = RD_KAFKA_VTYPE_HEADERS;
  headers_field.u.headers = headers.get();
  rd_kafka_vu_t opaque{};
  opaque.vtype = RD_KAFKA_VTYPE_OPAQUE;
  opaque.u.ptr = report.get();
  const std::array fields{topic_field(record.topic),
                          bytes_field(RD_KAFKA_VTYPE_KEY, record.key),
                          bytes_field(RD_KAFKA_VTYPE_VALUE, record.value),
                          flags,
                          headers_field,
                          opaque};
  if (const KafkaError error{rd_kafka_produceva(producer, fields.data(), fields.size())})
    return rd_kafka_error_string(error.get());
  static_cast<void>(headers.release());
  static_cast<void>(report.release());
  return std::nullopt;
}

/// Its last reports come before it goes.
void retire(Handle producer) {
  rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer.get(), kPurgeMs);
}

}  // namespace

Producer::Producer(const Options& options, Log log)
    : options_(options),
      log_(std::move(log)),
      say_([this](LogLevel level, std::string_view text) { log_.write(level, "Kafka", {{"detail", text}}); }),
      producer_(open()),
      thread_([this] { serve_reports(); }) {}

Producer::~Producer() {
  ending_ = true;
  thread_.join();
}

Handle Producer::open() {
  Conf conf = make_conf(options_);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), take_report);
  return open_producer(std::move(conf), say_);
}

Task<std::vector<Delivery>> Producer::send(std::vector<Record> records) {
  if (records.empty()) co_return std::vector<Delivery>{};
  const auto batch = std::make_shared<Batch>(records.size());
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(boost::system::error_code, std::vector<Delivery>)>(
      [&](auto handler) {
        batch->wait(std::move(handler));
        hand_over(records, batch);
      },
      asio::use_awaitable);
}

void Producer::hand_over(std::vector<Record>& records, const std::shared_ptr<Batch>& batch) {
  const std::lock_guard lock(mutex_);
  for (std::size_t place = 0; place < records.size(); ++place) {
    auto report = std::make_unique<Report>(Report{batch, place});
    if (Delivery refused = produce(producer_.get(), records[place], report))
      batch->report(place, std::move(refused));
  }
}

/// The thread, from the beginning to the end.
void Producer::serve_reports() {
  auto next_renewal = steady_clock::now();
  while (!ending_) {
    rd_kafka_poll(producer_.get(), kPollMs);
    std::array<char, 512> why{};
    if (rd_kafka_fatal_error(producer_.get(), why.data(), why.size()) == RD_KAFKA_RESP_ERR_NO_ERROR ||
        steady_clock::now() < next_renewal)
      continue;
    renew(why.data());
    next_renewal = steady_clock::now() + kRenewalPause;
  }
  retire(std::move(producer_));
}

/// After a fatal error an idempotent producer takes nothing more: order could not be kept. Here no record of
/// a node waits behind another, so that a new one may go on.
void Producer::renew(const std::string& why) {
  log_.warn("the Kafka producer is made anew", {{"error", why}});
  try {
    Handle fresh = open();
    {
      const std::lock_guard lock(mutex_);
      producer_.swap(fresh);
    }
    retire(std::move(fresh));
  } catch (const Error& error) {
    log_.error("the Kafka producer cannot be made anew", {{"error", error.message()}});
  }
}

}  // namespace longshore::kafka
