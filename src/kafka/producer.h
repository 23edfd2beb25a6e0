#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/handle.h"
#include "kafka/options.h"
#include "obs/log.h"
#include "ports/body_source.h"

namespace longshore::kafka {

struct Record {
  std::string topic;
  std::string key;  // of one key, one partition
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// nullopt: on all replicas that are in sync; else why not, or why it is not known.
using Delivery = std::optional<std::string>;

class Batch;

/// Sends records with librdkafka, idempotently: its own repetitions neither double nor reorder. librdkafka's
/// threads and the one here that takes its reports touch no coroutine but by posting to its executor.
/// Thread-safe. Outlives its callers.
class Producer {
 public:
  /// Connects in the background. Throws Error(internal): settings that cannot be, or files that cannot be
  /// read.
  Producer(const Options& options, Log log);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer();  // what was not delivered is dropped

  /// One delivery a record, in order, after Options::timeout at the latest. A caller that is cancelled leaves
  /// at once; its records may be delivered all the same. More than the queue holds are not delivered.
  Task<std::vector<Delivery>> send(std::vector<Record> records);

 private:
  [[nodiscard]] Handle open();
  void hand_over(std::vector<Record>& records, const std::shared_ptr<Batch>& batch);
  void serve_reports();
  void renew(const std::string& why);

  const Options options_;
  const Log log_;
  Say say_;
  std::mutex mutex_;  // of producer_, which the thread alone replaces
  Handle producer_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace longshore::kafka
