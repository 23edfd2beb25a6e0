#include "tests/contract/catalog_samples.h"

#include <limits>

namespace longshore {
namespace {

constexpr Time kSomeTime = Time{Millis{1'700'000'123'456}};
// All of JSON's trouble in one text: quotes, a backslash, controls, letters of two to four bytes.
const std::string kAwkward =
    "a \"quoted\" back\\slash, tab\t newline\n \x01 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2 %_'";

Attributes full_attributes() {
  return Attributes{.name = kAwkward,
                    .path = "in/box",
                    .parent_id = "folder-1",
                    .mime_type = "application/pdf",
                    .metadata = {{"author", kAwkward}, {"empty", ""}},
                    .tags = {{"team", "dock"}},
                    .storage_class = "STANDARD_IA",
                    .content_disposition = "attachment",
                    .cache_control = "no-cache"};
}

StoredObject full_object() {
  return StoredObject{.size = std::numeric_limits<std::int64_t>::max(),
                      .etag = ETag{"d41d8cd98f00b204e9800998ecf8427e-3"},
                      .version_id = "v1",
                      .crc32c = std::numeric_limits<std::uint32_t>::max(),
                      .sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="};
}

}  // namespace

NodeId sample_node_id(int number) {
  const std::string digits = std::to_string(number);
  return NodeId{"node-" + std::string(9 - digits.size(), '0') + digits};
}

Node sample_node(int number) {
  Node node;
  node.id = sample_node_id(number);
  node.connector = ConnectorId{"cli"};
  node.drive = DriveName{"default"};
  node.attributes.name = "report.pdf";
  node.attributes.path = "in/box";
  node.created_at = node.updated_at = kSomeTime;
  return node;
}

Operation sample_operation(int node, std::int64_t n, Time created_at) {
  Operation operation;
  operation.node = sample_node_id(node);
  operation.id = upload_id_of(operation.node, n);
  operation.connector = ConnectorId{"cli"};
  operation.drive = DriveName{"default"};
  operation.key = ObjectKey{"connectors/cli/" + operation.id.str() + ".pb"};
  operation.token = UploadToken{"00112233"};
  operation.created_at = operation.updated_at = created_at;
  return operation;
}

Operation ended_operation(int node, std::int64_t n, Time created_at) {
  Operation operation = sample_operation(node, n, created_at);
  operation.state = OperationState::cancelled;
  operation.error_code = "CANCELLED";
  operation.ended_at = created_at;
  return operation;
}

EventDraft sample_event(int node, EventType type) {
  EventDraft event;
  event.type = type;
  event.node = sample_node_id(node);
  event.connector = ConnectorId{"cli"};
  event.upload = upload_id_of(event.node, 1);
  return event;
}

Operation full_operation(int node) {
  Operation operation = sample_operation(node, 1, kSomeTime);
  operation.kind = OperationKind::purge;
  operation.state = OperationState::completing;
  operation.attributes = full_attributes();
  operation.expected = Expectation{.size = 0,  // known to be nothing is not "not known"
                                   .chunk_size = 5 << 20,
                                   .crc32c = 0,
                                   .sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="};
  operation.single_put = true;
  operation.is_update = true;
  operation.store_upload = StoreUploadId{"store/upload=1"};
  operation.creates_sent = 2;
  operation.create_deadline = kSomeTime + Millis{1};
  operation.create_attempt = AttemptId{"create-1"};
  operation.last = ChunkIndex{0};
  operation.lease = Lease{.attempt = AttemptId{"a1b2"}, .until = kSomeTime + Millis{2}, .sent_at = kSomeTime};
  operation.owner_until = kSomeTime + Millis{3};
  operation.result = full_object();
  operation.error_code = "STORE_REFUSED";
  operation.error_message = kAwkward;
  operation.debts = Debts{.aborts = {StoreUploadId{"one"}, StoreUploadId{"two"}},
                          .clean_list = true,
                          .delete_object = true,
                          .delete_not_before = kSomeTime + Millis{4},
                          .second_look_at = kSomeTime + Millis{5}};
  operation.object_deleted = true;
  operation.replaced = UploadId{"node-older.7"};
  operation.updated_at = kSomeTime + Millis{6};
  operation.ended_at = kSomeTime + Millis{7};
  operation.look_again_at = kSomeTime + Millis{8};
  operation.request_id = "request-1";
  operation.account_id = "account-1";
  return operation;
}

Node full_node(int node) {
  Node full = sample_node(node);
  full.state = NodeState::active;
  full.attributes = full_attributes();
  full.current = upload_id_of(full.id, 2);
  full.key = ObjectKey{"connectors/cli/two.pb"};
  full.object = full_object();
  full.previous_version_id = "v0";
  full.open_operation = upload_id_of(full.id, 3);
  full.latest = upload_id_of(full.id, 3);
  full.operations = 3;
  full.purged = true;
  full.updated_at = kSomeTime + Millis{1};
  return full;
}

EventDraft full_event(int node) {
  EventDraft event = sample_event(node, EventType::upload_failed);
  event.account_id = "account-1";
  event.request_id = "request-1";
  event.facts = EventFacts{.s3_key = "connectors/cli/x.pb",
                           .bucket = "bucket",
                           .size = 1,
                           .expected_size = 2,
                           .mime_type = "text/plain",
                           .content_hash = "crc32c:AAAAAA==",
                           .version_id = "v1",
                           .previous_version_id = "v0",
                           .etag = "etag",
                           .reason = kAwkward,
                           .error_code = "CANCELLED",
                           .partial_chunks = 3,
                           .total_chunks = 4,
                           .purged = true};
  return event;
}

}  // namespace longshore
