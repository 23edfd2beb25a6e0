#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/faults.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"
#include "tests/sim/intents.h"
#include "tests/sim/profile.h"

namespace longshore::sim {

using Stores = std::map<DriveName, std::unique_ptr<fakes::FakeObjectStore>>;

/// The shared world as it really is, whatever servers were told of it.
struct Truth {
  const Clock& clock;
  const Clock& sessions_clock;
  const Profile& profile;
  Millis sweep_may_lag;  // what a sweeper has read of a session may be so old when its decision is committed
  const MemoryCatalog& catalog;
  const MemorySessionStore& sessions;
  const Stores& stores;
  const MemoryEventSink& sink;
  Intents& intents;
};

/// What must hold after every step (docs/simulation.md names them I1 to I7, as the design does). Looks at the
/// truth after each effect, hears what clients were answered, and keeps the first violation.
class Invariants {
 public:
  explicit Invariants(Truth truth) : truth_(truth) {}

  /// A call of a port has had its effect.
  void look(const fakes::CallSite& site);

  // What clients were told, and what they do that changes what they may rely on.
  void part_sent(const UploadId& upload, ChunkIndex chunk);
  void part_acknowledged(const UploadId& upload, ChunkIndex chunk, std::int64_t bytes_uploaded);
  /// By a completion that was asked for at `asked_at`.
  void chunks_named_missing(const UploadId& upload, const std::vector<ChunkRange>& missing, Time asked_at);
  void said_completed(const UploadId& upload);
  void said_cancelled(const UploadId& upload);
  void content_read(const UploadId& upload, const std::string& bytes);
  /// Somebody else interfered with this upload at the store: what it loses by that is nobody's fault.
  void meddled(const ObjectKey& key) { meddled_.insert(key); }

  // What servers do where the world does not see it.
  void acknowledged_to_drainer(const OutboxRow& row);
  void reported(std::string_view what, const std::string& detail);
  void memory_in_use(std::int64_t bytes, std::int64_t budget);

  /// When all is quiet.
  [[nodiscard]] bool is_settled() const;
  [[nodiscard]] std::string what_is_not_settled() const;
  void look_at_the_end();
  /// Rows of what has ended and that no node points to do not stay for ever.
  [[nodiscard]] bool is_forgotten() const { return what_is_not_forgotten().empty(); }
  [[nodiscard]] std::string what_is_not_forgotten() const;

  void violated(const std::string& invariant, const std::string& what);
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  struct Claim {
    int tries = 0;  // how often the client sent the chunk: an abandoned earlier try may still do harm
    std::optional<Time> acknowledged_at;
  };
  struct Kept {  // a replaced object, and how long it must still stand
    NodeId node;
    DriveName drive;
    ObjectKey key;
    Time until{};
  };
  struct Told {  // of one node: sequence numbers
    std::int64_t written = 0;
    std::int64_t published = 0;
    std::int64_t acknowledged = 0;
    Time last_at{};
    std::map<std::int64_t, std::string> ids;
  };

  void look_at_catalog();
  void operation_changed(const Operation* before, const Operation& after);
  void operation_ended(const Operation& op);
  void operation_gone(const Operation& last);
  void node_changed(const Node* before, const Node& after);
  void check_completed(const Operation& op);
  void check_failed(const Operation& op);
  void check_expired(const Operation& op);
  [[nodiscard]] bool is_whole(const Operation& op) const;
  [[nodiscard]] UploadPolicy policy_of(const Operation& op) const;

  void owe(EventType type, const NodeId& node) { owed_.emplace_back(type, node); }
  void look_at_outbox();
  void check_row(const OutboxRow& row);
  void look_at_sink();
  void look_at_sessions();
  void look_at_closed_sessions();

  void look_at_stores();
  void check_claim(const Operation& op, ChunkIndex chunk, Claim& claim);
  [[nodiscard]] bool was_put_again(const Operation& op, ChunkIndex chunk) const;
  void check_parts(const fakes::FakeObjectStore& store);
  void check_current_objects();
  void check_leftovers(const fakes::FakeObjectStore& store);

  [[nodiscard]] const fakes::FakeObjectStore& store_of(const DriveName& drive) const {
    return *truth_.stores.at(drive);
  }
  [[nodiscard]] bool is_being_purged(const Node& node) const;

  Truth truth_;
  std::map<UploadId, Operation> operations_;  // as last seen
  std::map<NodeId, Node> nodes_;
  std::map<UploadId, OperationState> ends_;  // also of rows that are gone
  std::map<UploadId, std::map<ChunkIndex, Claim>> claims_;
  std::map<UploadId, std::vector<Time>> activity_;  // when bytes came
  std::vector<Kept> kept_;
  std::vector<std::pair<EventType, NodeId>> owed_;  // by the changes of this step
  std::int64_t last_row_ = 0;
  std::set<std::string> unpublished_;  // event ids
  std::set<std::string> published_;
  std::size_t publications_seen_ = 0;
  std::map<NodeId, Told> told_;
  std::map<ObjectKey, UploadId> keys_;  // of all operations that ever were
  std::set<std::string> tokens_;
  std::set<ObjectKey> meddled_;
  std::optional<std::string> violation_;
};

}  // namespace longshore::sim
