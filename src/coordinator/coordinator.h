#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "coordinator/requests.h"
#include "domain/key_template.h"
#include "domain/limits.h"
#include "net/buffer_pool.h"
#include "net/timers.h"
#include "ports/catalog.h"
#include "ports/event_sink.h"
#include "ports/object_store.h"
#include "ports/session_store.h"

namespace longshore {

/// A named store and how it is used.
struct Drive {
  DriveName name;
  ObjectStore* store = nullptr;
  StoreLimits limits;
  KeyTemplate key_template;
};

/// What the coordinator stands on; all of it outlives the coordinator.
struct Ports {
  Catalog& catalog;
  SessionStore& sessions;
  EventSink* events;  // nullptr: events are kept nowhere (kind = "none"): outbox rows are dropped as
                      // published
  Timers& timers;
  Clock& clock;
  Random& random;
  BufferPool& buffers;
};

/// One line for the operators: what went wrong in the background, without secrets.
using Report = std::function<void(std::string_view what, const std::string& detail)>;

/// All decisions about uploads. One file a verb (initiate.cpp, put_part.cpp, ...); each verb is idempotent
/// and safe to be repeated after any crash, because what it decides stands in the catalog by compare-and-set.
/// Holds no state that another server could need; thread-safe: any verb may run on any executor at any time.
/// Every verb throws Error with the reasons of the public table.
class Coordinator {
 public:
  Coordinator(Ports ports, std::map<DriveName, Drive> drives, UploadPolicy policy, Report report);

  // Uploads
  Task<UploadView> initiate(Caller caller, InitiateRequest request);
  Task<PartAnswer> put_part(Caller caller, PutPartRequest request, BodySource& body);
  Task<CompleteAnswer> complete(Caller caller, CompleteRequest request);
  Task<UploadView> cancel(Caller caller, UploadRef ref, std::string reason);
  Task<UploadView> status(UploadRef ref);
  /// Waits until the upload looks otherwise than `seen` or has ended, at most `patience`; the view then.
  Task<UploadView> progress(UploadRef ref, UploadView seen, Millis patience);
  Task<UploadListing> list_uploads(UploadQuery query);

  // Whole objects
  Task<PutWholeAnswer> put_object(Caller caller, PutWholeRequest request, BodySource& body);

  // Nodes
  Task<Node> node(NodeId id);
  Task<Node> node_by_name(DriveName drive, ConnectorId connector, std::string path, std::string name);
  Task<NodePage> list_nodes(NodeQuery query);
  /// What a reader needs to know; `version` is an upload id, empty for the current one. NODE_DELETED,
  /// NOT_FOUND.
  Task<Content> content(NodeId id, UploadId version);
  Task<std::unique_ptr<BodySource>> open_content(const Content& content, std::optional<ByteRange> range);
  Task<Node> remove(Caller caller, NodeId id, bool purge, std::string reason);

  // Limits
  [[nodiscard]] const Drive& drive(const DriveName& name) const;  // empty: the default one; throws
                                                                  // invalid_request
  [[nodiscard]] const UploadPolicy& policy() const { return policy_; }

  // Background: each call does what is due now, and returns how much that was. Called in a loop by the
  // composition root.

  /// Rows whose look may take minutes (completions, purges, objects read back) are passed over while
  /// kLongLooksMax such looks are under way: with more loops than that, the other rows never wait for a
  /// store.
  Task<int> sweep(int limit);
  static constexpr int kLongLooksMax = 2;
  Task<int> drain_outbox(std::string drainer, int limit);

 private:
  friend class Steps;  // coordinator/steps.h: what several verbs share

  [[nodiscard]] const Drive* find_drive(const DriveName& name) const;

  Ports ports_;
  std::map<DriveName, Drive> drives_;
  UploadPolicy policy_;
  Report report_;
  std::atomic<int> long_looks_ = 0;  // of the sweep, under way in this process
};

}  // namespace longshore
