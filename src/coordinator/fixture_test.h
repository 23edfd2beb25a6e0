#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "coordinator/coordinator.h"
#include "coordinator/scripted_store_test.h"
#include "coordinator/stepper_test.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/faulty_ports.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"

/// One coordinator on fakes, and the words in which its scenarios are told.
namespace longshore {

using namespace std::chrono_literals;

/// Faults of catalog and session store, written down beforehand; else every call arrives at once.
class ScriptedLink final : public fakes::Link {
 public:
  explicit ScriptedLink(Stepper& stepper) : stepper_(stepper) {}

  /// The next call of this name ("commit", "record_part") has this fate.
  void next(const std::string& call, fakes::Fate fate) { fates_[call].push_back(std::move(fate)); }
  /// Nothing happens, and the caller is told so.
  void refuse_next(const std::string& call, const Error& error) {
    next(call, fakes::Fate{.effect = false, .failure = error});
  }
  /// It happens, but the caller is told that nothing is known.
  void lose_next(const std::string& call, const Error& error) { next(call, fakes::Fate{.failure = error}); }

  void forget_fates() { fates_.clear(); }

  fakes::Fate fate_of(const fakes::CallSite& site) override {
    auto& fates = fates_[std::string(site.call)];
    if (fates.empty()) return {};
    fakes::Fate fate = std::move(fates.front());
    fates.pop_front();
    return fate;
  }
  void server_dies() override {}
  void on_death(std::function<void()> /*action*/) override {}
  void spawn_in_world(Task<void> work) override { stepper_.spawn(std::move(work)); }
  Timers& world_timers() override { return stepper_.timers(); }

 private:
  Stepper& stepper_;
  std::map<std::string, std::deque<fakes::Fate>> fates_;
};

/// Another one's clock, which need not agree.
class OffsetClock final : public Clock {
 public:
  explicit OffsetClock(const Clock& clock) : clock_(clock) {}
  [[nodiscard]] Time now() const override { return clock_.now() + offset; }

  Millis offset{0};

 private:
  const Clock& clock_;
};

/// Counts: every run sees the same ids.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out)
      byte = static_cast<std::uint8_t>((state_ = state_ * 1664525 + 1013904223) >> 24);
  }

 private:
  std::uint32_t state_ = 1;
};

/// A body that a test may hold up at its last piece, or break.
class ClientBody final : public BodySource {
 public:
  explicit ClientBody(std::string text, bool known = true) : text_(std::move(text)), known_(known) {}

  void hold_at_end(fakes::Moment until) { until_ = std::move(until); }
  void break_at_end(Error error) { error_ = std::move(error); }
  void announce(std::int64_t length) { announced_ = length; }

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    if (!known_) return std::nullopt;
    return announced_.value_or(static_cast<std::int64_t>(text_.size()));
  }
  Task<ByteView> next() override {
    constexpr std::size_t kPiece = 4;
    const std::size_t left = text_.size() - given_;
    if (left <= kPiece && until_) co_await std::exchange(until_, std::nullopt)->wait();
    if (left <= kPiece && error_) throw *error_;
    const ByteView piece = as_bytes(text_).subspan(given_, std::min(left, kPiece));
    given_ += piece.size();
    co_return piece;
  }
  void release() override { released_ = true; }
  [[nodiscard]] std::size_t given() const { return given_; }
  [[nodiscard]] bool released() const { return released_; }

 private:
  std::string text_;
  bool known_;
  std::size_t given_ = 0;
  bool released_ = false;
  std::optional<std::int64_t> announced_;
  std::optional<fakes::Moment> until_;
  std::optional<Error> error_;
};

std::uint32_t crc32c_of(const std::string& text);
Task<std::string> text_of(std::unique_ptr<BodySource> body);

class CoordinatorTest : public testing::Test {
 protected:
  using Names = std::vector<std::string>;

  explicit CoordinatorTest(UploadPolicy policy = {}, bool equal_parts = false);
  ~CoordinatorTest() override { stepper_.drop(); }

  // Verbs, in few words. Uploads are by name, so that a name is a node.
  InitiateRequest request(const std::string& name = "file");
  UploadId open(const std::string& name = "file");
  UploadId open(InitiateRequest with);
  PutPartRequest chunk(const UploadId& upload, std::int32_t index, const std::string& text,
                       bool last = false);
  PartAnswer put(const UploadId& upload, std::int32_t index, const std::string& text, bool last = false);
  Stepper::Running<PartAnswer> start_put(const UploadId& upload, std::int32_t index, ClientBody& body,
                                         bool last = false);
  CompleteAnswer complete(const UploadId& upload, std::optional<std::int32_t> total = {});
  Stepper::Running<CompleteAnswer> start_complete(const UploadId& upload);
  UploadView cancel(const UploadId& upload);
  UploadView status(const UploadId& upload);
  PutWholeAnswer put_object(const std::string& name, const std::string& text, bool known = true);
  PutWholeAnswer put_object(PutWholeRequest with, ClientBody& body);
  Node remove(const NodeId& node, bool purge = false);
  /// An object of this name, made of two parts.
  Node object(const std::string& name, const std::string& first = "aaaaa", const std::string& second = "bb");
  /// Everything that is due, until nothing is due any more.
  void sweep();
  /// Lets time pass as a server lives it: with a sweep every minute.
  void live(Millis duration);

  // What is.
  const Operation& row(const UploadId& upload) const;
  const Node& node(const NodeId& id) const;
  const Node& node_named(const std::string& name) const;
  std::string read(const NodeId& id);
  /// Of a node, in their order, "uploads.failed CANCELLED" with its error code.
  Names events(const NodeId& id) const;
  /// Chunks as "0-3 5-5".
  static std::string ranges(const std::vector<ChunkRange>& chunks);
  [[nodiscard]] std::size_t uploads_at_store() const { return store_.uploads().size(); }
  [[nodiscard]] std::size_t objects_at_store() const { return store_.objects().size(); }
  /// When all is quiet, the store holds what the catalog says, and no more.
  void expect_nothing_left_over();

  /// The reason of the Error that `call` throws; "" if it throws none. `details_`: of the last one.
  template <class F>
  std::string reason_of(F call) {
    try {
      call();
    } catch (const Error& error) {
      details_ = error.details();
      return std::string(to_string(error.reason()));
    }
    return "";
  }

  ManualClock clock_;
  Stepper stepper_{clock_};
  MemoryCatalog catalog_{clock_};
  OffsetClock sessions_clock_{clock_};
  MemorySessionStore sessions_{sessions_clock_};
  fakes::FakeObjectStore store_{clock_};
  MemoryEventSink sink_;
  ScriptedStore scripted_{store_, stepper_.timers()};
  ScriptedLink link_{stepper_};
  fakes::FaultyCatalog catalog_port_{catalog_, link_};
  fakes::FaultySessionStore sessions_port_{sessions_, link_};
  CountingRandom random_;
  BufferPool buffers_{16 * static_cast<std::int64_t>(BufferPool::kBufferBytes)};
  Names reports_;
  ErrorDetails details_;
  std::unique_ptr<Coordinator> coordinator_;
};

// What ports say when they are away.
inline Error catalog_away(Outcome outcome) {
  return unavailable(Reason::catalog_unavailable, "away", outcome);
}
inline Error sessions_away(Outcome outcome) {
  return unavailable(Reason::state_unavailable, "away", outcome);
}

}  // namespace longshore
