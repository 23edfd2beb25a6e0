#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "coordinator/coordinator.h"
#include "net/http_client.h"
#include "s3/s3_store.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"
#include "tests/fakes/memory_store_findings.h"
#include "tests/s3_script/fake_s3.h"

namespace longshore::s3_script {

/// Time that runs faster than the world's, and leaps on demand: leases and pauses of the coordinator are
/// seconds and minutes.
class FastClock final : public Clock {
 public:
  static constexpr int kTimes = 10;

  [[nodiscard]] Time now() const override { return start_ + (world_.now() - start_) * kTimes + leapt; }

  Millis leapt{0};

 private:
  SystemClock world_;
  Time start_ = world_.now();
};

class FastTimers final : public Timers {
 public:
  Task<void> sleep_for(Millis duration) override { co_await world_.sleep_for(duration / FastClock::kTimes); }

 private:
  AsioTimers world_;
};

struct WorldOptions {
  FakeS3Options s3;
  std::string profile = "any";  // what the server takes the store for
  s3::ChecksumChoice checksums = s3::ChecksumChoice::none;
  Millis read_timeout{5'000};
};

/// One server's coordinator, on an S3 store over HTTP to a FakeS3; everything else in memory. Commands are
/// what a client or the sweep does; each answers what came of it, in a word or two.
class World {
 public:
  explicit World(WorldOptions options);
  ~World();

  /// Throws std::invalid_argument if the words are no command.
  static void check(const std::vector<std::string>& words);
  /// Does what the words say ("put 0 1000 held").
  std::string run(std::vector<std::string> words);
  /// The lines of rules that have not come to pass.
  std::vector<int> lines_of_idle_rules() { return s3_.lines_of_idle_rules(); }

 private:
  class Body;

  void start(s3::ChecksumChoice checksums);
  std::string open(const std::string& chunk_size);
  std::string put(const std::vector<std::string>& words);
  Task<std::string> put_one(std::int32_t index, std::size_t size, std::vector<std::string> how);
  Task<std::string> put_whole(std::size_t size);
  Task<std::string> complete();
  Task<std::string> cancel();
  Task<std::string> sweep();
  Task<std::string> list();
  Task<std::string> list_uploads();
  Task<std::string> head();
  Task<std::string> read_back();
  std::string fill(int count, int step);
  std::string settled();
  [[nodiscard]] const Operation& row() const;

  /// What a task answers, or the reason of its Error.
  std::string finish(Task<std::string> task);
  std::string finish_all(std::vector<Task<std::string>> tasks);

  const WorldOptions options_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{loop_.get_executor()};
  FakeS3 s3_;
  FastClock clock_;
  FastTimers timers_;
  SystemClock world_clock_;
  AsioTimers world_timers_;
  SystemRandom random_;
  BufferPool buffers_{64LL * BufferPool::kBufferBytes};
  int fetches_ = 0;  // of credentials
  HttpClient http_{{.connections_max = 64}, buffers_, world_timers_};
  std::unique_ptr<aws::CredentialsProvider> credentials_;
  MemoryStoreFindings findings_{world_clock_};
  Metrics metrics_;
  std::unique_ptr<s3::S3Store> store_;
  MemoryCatalog catalog_{clock_};
  MemorySessionStore sessions_{clock_};
  MemoryEventSink sink_;
  std::unique_ptr<Coordinator> coordinator_;

  std::map<std::int32_t, std::string> sent_;  // the bytes of each chunk
  UploadId upload_;
  std::int32_t chunks_ = 0;  // as many as were tried
  std::size_t pulled_ = 0;   // of the last body
};

}  // namespace longshore::s3_script
