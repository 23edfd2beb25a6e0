#include "tests/services/kafka_process.h"

#include <array>
#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "kafka/handle.h"

namespace longshore::services {
namespace {

using kafka::Destroy;
using Acl = std::unique_ptr<rd_kafka_AclBinding_t, Destroy<rd_kafka_AclBinding_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;

constexpr int kTimeoutMs = 20'000;

Acl acl_of(const std::string& prefix, const std::string& user, rd_kafka_AclOperation_t operation) {
  return Acl(rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, prefix.c_str(),
                                     RD_KAFKA_RESOURCE_PATTERN_PREFIXED, user.c_str(), "*", operation,
                                     RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, nullptr, 0));
}

}  // namespace

KafkaProcess::KafkaProcess()
    : script_("tests/services/kafka", ""),
      brokers(script_.text("brokers")),
      secure_brokers(script_.text("secure_brokers")),
      username(script_.text("username")),
      guest(script_.text("guest")),
      password(script_.text("password")),
      ca_file(script_.text("ca_file")),
      pid_file(script_.text("pid_file")) {}

KafkaProcess& KafkaProcess::of_this_program() {
  static KafkaProcess kafka;
  return kafka;
}

kafka::Options KafkaProcess::options() const {
  kafka::Options options;
  options.brokers = brokers;
  return options;
}

kafka::Options KafkaProcess::secure_options() const {
  kafka::Options options;
  options.brokers = secure_brokers;
  options.settings = {{"security.protocol", Secret("SASL_SSL")},
                      {"sasl.mechanism", Secret("PLAIN")},
                      {"sasl.username", Secret(username)},
                      {"sasl.password", Secret(password)},
                      {"ssl.ca.location", Secret(ca_file)}};
  return options;
}

kafka::Options KafkaProcess::guest_options() const {
  kafka::Options options = secure_options();
  options.settings["sasl.username"] = Secret(guest);
  return options;
}

void KafkaProcess::grant(const std::string& prefix) const {
  kafka::Say quiet = [](LogLevel, std::string_view) {};
  const kafka::Handle client = kafka::open_producer(kafka::make_conf(options()), quiet);
  const Queue queue(rd_kafka_queue_new(client.get()));
  const std::array acls{acl_of(prefix, "User:" + guest, RD_KAFKA_ACL_OPERATION_WRITE),
                        acl_of(prefix, "User:" + guest, RD_KAFKA_ACL_OPERATION_DESCRIBE)};
  std::array all{acls[0].get(), acls[1].get()};
  rd_kafka_CreateAcls(client.get(), all.data(), all.size(), nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("the broker grants nothing");
}

void KafkaProcess::pause() const { ::kill(process(), SIGSTOP); }
void KafkaProcess::resume() const { ::kill(process(), SIGCONT); }
void KafkaProcess::kill() const { ::kill(process(), SIGKILL); }

pid_t KafkaProcess::process() const {
  pid_t process = 0;
  std::ifstream(pid_file) >> process;
  if (process <= 0) throw std::runtime_error("the broker has no process");
  return process;
}

}  // namespace longshore::services
