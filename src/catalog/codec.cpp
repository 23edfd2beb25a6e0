#include "catalog/codec.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "catalog/json_fields.h"

namespace longshore {

// The lists of fields, found by argument-dependent lookup, and so not in an unnamed namespace.

static bool from_text(std::string_view text, OperationKind& out) {
  const auto kind = operation_kind_of(text);
  if (kind) out = *kind;
  return kind.has_value();
}
static bool from_text(std::string_view text, EventType& out) { return event_type_of(text, out); }

template <class Archive, FieldsOf<Attributes> Value>
void fields(Archive& archive, Value& attributes) {
  archive("name", attributes.name);
  archive("path", attributes.path);
  archive("parent_id", attributes.parent_id);
  archive("mime_type", attributes.mime_type);
  archive("metadata", attributes.metadata);
  archive("tags", attributes.tags);
  archive("storage_class", attributes.storage_class);
  archive("content_disposition", attributes.content_disposition);
  archive("cache_control", attributes.cache_control);
}

template <class Archive, FieldsOf<Expectation> Value>
void fields(Archive& archive, Value& expected) {
  archive("size", expected.size);
  archive("chunk_size", expected.chunk_size);
  archive("crc32c", expected.crc32c);
  archive("sha256", expected.sha256_base64);
}

template <class Archive, FieldsOf<Lease> Value>
void fields(Archive& archive, Value& lease) {
  archive("attempt", lease.attempt);
  archive("until", lease.until);
  archive("sent_at", lease.sent_at);
  archive("chunks", lease.goal.chunks);
  archive("crc32c", lease.goal.crc32c);
  archive("sha256", lease.goal.sha256_base64);
}

template <class Archive, FieldsOf<StoredObject> Value>
void fields(Archive& archive, Value& object) {
  archive("size", object.size);
  archive("etag", object.etag);
  archive("version_id", object.version_id);
  archive("crc32c", object.crc32c);
  archive("sha256", object.sha256_base64);
}

template <class Archive, FieldsOf<Received> Value>
void fields(Archive& archive, Value& received) {
  archive("chunks", received.chunks);
  archive("bytes", received.bytes);
}

template <class Archive, FieldsOf<Debts> Value>
void fields(Archive& archive, Value& debts) {
  archive("aborts", debts.aborts);
  archive("clean_list", debts.clean_list);
  archive("delete_object", debts.delete_object);
  archive("delete_not_before", debts.delete_not_before);
  archive("second_look_at", debts.second_look_at);
}

template <class Archive, FieldsOf<Operation> Value>
void fields(Archive& archive, Value& operation) {
  archive("kind", operation.kind);
  archive("drive", operation.drive);
  archive("key", operation.key);
  archive("token", operation.token);
  archive("attributes", operation.attributes);
  archive("expected", operation.expected);
  archive("single_put", operation.single_put);
  archive("is_update", operation.is_update);
  archive("store_upload", operation.store_upload);
  archive("creates_sent", operation.creates_sent);
  archive("create_deadline", operation.create_deadline);
  archive("create_attempt", operation.create_attempt);
  archive("last", operation.last);
  archive("lease", operation.lease);
  archive("owner_until", operation.owner_until);
  archive("result", operation.result);
  archive("received", operation.received);
  archive("error_code", operation.error_code);
  archive("error_message", operation.error_message);
  archive("debts", operation.debts);
  archive("object_deleted", operation.object_deleted);
  archive("reason", operation.reason);
  archive("replaced", operation.replaced);
  archive("updated_at", operation.updated_at);
  archive("ended_at", operation.ended_at);
  archive("request_id", operation.request_id);
  archive("account_id", operation.account_id);
}

template <class Archive, FieldsOf<Node> Value>
void fields(Archive& archive, Value& node) {
  archive("attributes", node.attributes);
  archive("current", node.current);
  archive("key", node.key);
  archive("object", node.object);
  archive("previous_version_id", node.previous_version_id);
  archive("open_operation", node.open_operation);
  archive("latest", node.latest);
  archive("operations", node.operations);
  archive("purged", node.purged);
  archive("created_at", node.created_at);
  archive("updated_at", node.updated_at);
}

template <class Archive, FieldsOf<EventFacts> Value>
void fields(Archive& archive, Value& facts) {
  archive("s3_key", facts.s3_key);
  archive("bucket", facts.bucket);
  archive("size", facts.size);
  archive("expected_size", facts.expected_size);
  archive("mime_type", facts.mime_type);
  archive("content_hash", facts.content_hash);
  archive("version_id", facts.version_id);
  archive("previous_version_id", facts.previous_version_id);
  archive("etag", facts.etag);
  archive("reason", facts.reason);
  archive("error_code", facts.error_code);
  archive("partial_chunks", facts.partial_chunks);
  archive("total_chunks", facts.total_chunks);
  archive("purged", facts.purged);
}

template <class Archive, FieldsOf<EventDraft> Value>
void fields(Archive& archive, Value& event) {
  archive("type", event.type);
  archive("connector", event.connector);
  archive("upload", event.upload);
  archive("account_id", event.account_id);
  archive("request_id", event.request_id);
  archive("facts", event.facts);
}

namespace {

template <class Row>
std::string write(const Row& row) {
  boost::json::object body;
  JsonWriter writer(body);
  fields(writer, row);
  return boost::json::serialize(body);
}

template <class Row>
void read(std::string_view body, Row& row) {
  // What was written is read back, also a text that some store sent us in no encoding at all.
  const boost::json::parse_options options{.allow_invalid_utf8 = true};
  boost::system::error_code problem;
  const boost::json::value json = boost::json::parse(body, problem, {}, options);
  if (problem || !json.is_object())
    throw Error(Reason::internal, "a row of the catalog cannot be read: not JSON");
  JsonReader reader(json.get_object());
  fields(reader, row);
}

}  // namespace

std::string write_body(const Operation& operation) { return write(operation); }
std::string write_body(const Node& node) { return write(node); }
std::string write_body(const EventDraft& event) { return write(event); }
void read_body(std::string_view body, Operation& operation) { read(body, operation); }
void read_body(std::string_view body, Node& node) { read(body, node); }
void read_body(std::string_view body, EventDraft& event) { read(body, event); }

}  // namespace longshore
