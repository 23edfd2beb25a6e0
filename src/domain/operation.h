#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/error.h"
#include "domain/ids.h"

namespace longshore {

/// The catalog's states. PENDING and UPLOADING are both `open`: the difference is whether the ledger has a
/// part.
enum class OperationState { open, completing, completed, failed, cancelled, expired };
enum class OperationKind { upload, purge };

std::string_view to_string(OperationState state);  // "OPEN", "COMPLETING", ...
std::string_view to_string(OperationKind kind);    // "upload", ...
std::optional<OperationState> operation_state_of(std::string_view text);
std::optional<OperationKind> operation_kind_of(std::string_view text);
constexpr bool has_ended(OperationState s) {
  return s != OperationState::open && s != OperationState::completing;
}

using TextMap = std::map<std::string, std::string>;

/// What the object and its node are called and carry.
struct Attributes {
  std::string name;
  std::string path;
  std::string parent_id;
  std::string mime_type;
  TextMap metadata;  // the client's own, kept in the catalog
  TextMap tags;
  std::string storage_class;
  std::string content_disposition;
  std::string cache_control;
  bool operator==(const Attributes&) const = default;
};

/// What the client said beforehand of the whole.
struct Expectation {
  std::optional<std::int64_t> size;
  std::optional<std::int64_t> chunk_size;  // every chunk but the last has this size
  std::optional<std::uint32_t> crc32c;
  std::string sha256_base64;  // empty: none
  bool operator==(const Expectation&) const = default;
};

/// What a completion is to make.
struct CompletionGoal {
  std::optional<std::int32_t> chunks;   // of how many chunks; none: not known, or not of chunks
  std::optional<std::uint32_t> crc32c;  // of the whole, if the request to complete named it
  std::string sha256_base64;            // likewise; empty: none
  bool operator==(const CompletionGoal&) const = default;
};

/// The right to decide how a COMPLETING operation ends. Held by an attempt, not by a server; ends by the
/// catalog's clock.
struct Lease {
  AttemptId attempt;
  Time until;
  Time sent_at;  // when a completion whose fate is not known was last handed to the store; epoch: none
  CompletionGoal goal = {};  // whoever takes over makes the same, or nothing
  bool operator==(const Lease&) const = default;
};

/// The object as it stands at the store.
struct StoredObject {
  std::int64_t size = 0;
  ETag etag;
  std::string version_id;  // empty: the bucket has no versions
  std::optional<std::uint32_t> crc32c;
  std::string sha256_base64;  // empty: not known
  bool operator==(const StoredObject&) const = default;
};

/// What had arrived of an operation when it ended.
struct Received {
  std::optional<std::int32_t> chunks;  // none: not known, or not of chunks (a single PutObject)
  std::int64_t bytes = 0;
  bool operator==(const Received&) const = default;
};

/// What an operation still owes to the store after it has ended. Empty: settled.
struct Debts {
  std::vector<StoreUploadId> aborts;  // each until ListParts says that it is absent
  bool clean_list = false;     // Create was sent twice, or its answer was lost: the key's list must be seen
                               // clean
  bool delete_object = false;  // the key with all its versions
  Time delete_not_before{};    // a replaced object stays for readers under way
  std::optional<Time> second_look_at;  // everything once more then: something late may still have arrived
  bool operator==(const Debts&) const = default;
  [[nodiscard]] bool settled() const {
    return aborts.empty() && !clean_list && !delete_object && !second_look_at.has_value();
  }
};

/// One operation on a node: the row that decides. Changed only by compare-and-set on `revision`.
struct Operation {
  UploadId id;
  NodeId node;
  OperationKind kind = OperationKind::upload;
  ConnectorId connector;
  DriveName drive;
  ObjectKey key;              // its own, never another operation's
  UploadToken token;          // stands in the object's metadata
  std::int64_t revision = 0;  // 0: not in the catalog yet; the catalog counts it up at each change
  OperationState state = OperationState::open;
  Attributes attributes;
  Expectation expected;
  bool single_put = false;  // one PutObject: no parts, no store upload
  bool is_update = false;   // of a node that was ACTIVE

  std::optional<StoreUploadId> store_upload;
  std::int32_t creates_sent = 0;    // CreateMultipartUpload was handed to the store this often
  Time create_deadline{};           // until then nobody else sends another one
  AttemptId create_attempt;         // who sent the newest one; empty: whoever made the row
  std::optional<ChunkIndex> last;   // from is_last alone
  std::optional<Lease> lease;       // while COMPLETING
  std::optional<Time> owner_until;  // the request that feeds it (PUT by name) is alive until then

  std::optional<StoredObject> result;  // once COMPLETED
  Received received;                   // once it has ended; until then the ledger tells
  std::string error_code;  // ended otherwise: CANCELLED, EXPIRED or a Reason; OPEN: why the store refused to
                           // complete it
  std::string error_message;
  Debts debts;
  bool object_deleted = false;  // its object was at the store and has been deleted
  std::string reason;           // of a purge: why, as its client said
  UploadId replaced;            // the operation whose object this one took the place of; empty: none

  Time created_at{};
  Time updated_at{};
  std::optional<Time> ended_at;
  std::optional<Time> look_again_at;  // when the sweep should look at it; none: never
  std::string request_id;
  std::string account_id;
  bool operator==(const Operation&) const = default;
};

enum class NodeState { active, pending, cancelled, failed, expired, deleted };
std::string_view to_string(NodeState state);  // "ACTIVE", ...
std::optional<NodeState> node_state_of(std::string_view text);

/// What stays: the catalog entry that clients read. Changed only by compare-and-set on `revision`.
struct Node {
  NodeId id;
  ConnectorId connector;
  DriveName drive;
  std::int64_t revision = 0;  // 0: not in the catalog yet
  NodeState state = NodeState::pending;
  Attributes attributes;
  UploadId current;  // the COMPLETED operation whose object it points to; empty: none yet
  ObjectKey key;     // of `current`
  StoredObject object;
  std::string previous_version_id;
  UploadId open_operation;      // the one operation that is going on; empty: none
  UploadId latest;              // the newest operation, ended or not
  std::int64_t operations = 0;  // how many there were: the counter behind upload ids
  bool purged = false;          // DELETED, and nothing of it is left at the store
  Time created_at{};
  Time updated_at{};
  bool operator==(const Node&) const = default;
};

}  // namespace longshore
