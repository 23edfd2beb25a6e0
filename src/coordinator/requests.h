#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "domain/error.h"
#include "domain/ledger.h"
#include "domain/limits.h"
#include "domain/operation.h"
#include "ports/body_source.h"
#include "ports/catalog.h"
#include "ports/object_store.h"

/// The verbs' requests and answers, the same for every front. A front has decoded them and checked each
/// field's form (front/common); what contradicts state or a store's limits is decided by the coordinator.
namespace longshore {

/// Who asks. Goes into rows, events and logs.
struct Caller {
  std::string request_id;
  std::string account_id;  // the token's subject; "" without authentication
};

/// Names an upload: by its id, or by its node (then its open upload is meant, else its latest). Given both,
/// they must agree.
struct UploadRef {
  NodeId node;
  UploadId upload;
};

struct InitiateRequest {
  DriveName drive;  // empty: the default one
  ConnectorId connector;
  Attributes attributes;
  Expectation expected;
  NodeId client_node_id;  // empty: by name, or fresh
  bool by_name = false;
  bool fail_if_exists = false;
  std::string idempotency_key;     // empty: none
  std::string request_sha256_hex;  // of the request without its key, for the comparison of a repeat
};

/// An upload in a list.
struct UploadRow {
  Operation operation;
  LedgerSummary ledger;  // of one that has ended: what it ended with; nothing where the session is lost or
                         // away
  Time expires_at{};     // of one that has not ended: when the sweep would end it
};
struct UploadListing {
  std::vector<UploadRow> uploads;  // oldest first
  std::string next_page_token;     // empty: no more
};

/// An upload as it stands: answers initiate, status and progress.
struct UploadView : UploadRow {
  std::vector<ChunkRange> missing;
  std::vector<ChunkRange> received;
  StoreLimits limits;
  std::string previous_version_id;
};

struct PutPartRequest {
  UploadRef ref;
  ChunkIndex chunk;
  std::int64_t size = 0;
  bool last = false;
  std::optional<std::uint32_t> crc32c;  // announced, to be verified
  std::optional<Sha256Digest> sha256;   // likewise
};

struct PartAnswer {
  UploadId upload;
  OperationState state = OperationState::open;
  std::int64_t bytes_uploaded = 0;
  ChunkIndex chunk;
  std::optional<std::uint32_t> crc32c;  // of this chunk
  std::string file_sha256_base64;       // of the whole, once complete and known
  bool stored = false;  // these bytes were read and stored; false: the chunk was there already, or the upload
                        // is complete
};

struct CompleteRequest {
  UploadRef ref;
  std::optional<std::int32_t> total_chunks;
  std::string expected_sha256_base64;
  std::optional<std::uint32_t> expected_crc32c;
};

/// state completed: `object`; open: `missing` (MISSING_CHUNKS); completing: the outcome is not known yet, ask
/// again.
struct CompleteAnswer {
  UploadId upload;
  OperationState state = OperationState::open;
  StoredObject object;
  std::vector<ChunkRange> missing;
};

/// The whole object in one request: a payload, or PUT by name. `body.length()` may be unknown.
struct PutWholeRequest {
  InitiateRequest initiate;
  std::optional<std::uint32_t> crc32c;  // of the whole, announced: verified before anything becomes visible
  std::optional<Sha256Digest> sha256;
};
struct PutWholeAnswer {
  Operation operation;
  Node node;
  bool created = false;   // the node is new (HTTP 201), else an update (200)
  bool repeated = false;  // an Idempotency-Key led to an upload that had been made before; the body was not
                          // read
};

/// An object that is to be read: what the headers of the answer need, then the bytes.
struct Content {
  Node node;
  Operation version;  // whose object it is
};

}  // namespace longshore
