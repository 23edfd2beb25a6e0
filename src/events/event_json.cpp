#include "events/event_json.h"

#include "wire/json.h"

namespace longshore {
namespace {

constexpr const char* kComponent = "longshore";

/// Created, updated and completed share their fields.
template <class Message>
void set_object(Message& message, const EventFacts& facts) {
  message.set_s3_key(facts.s3_key);
  message.set_size(facts.size);
  message.set_content_hash(facts.content_hash);
  message.set_s3_version_id(facts.version_id);
  message.set_s3_etag(facts.etag);
}

void set_facts(v1::RepositoryEvent& event, EventType type, const EventFacts& facts) {
  switch (type) {
    case EventType::upload_initiated: {
      auto& initiated = *event.mutable_initiated();
      initiated.set_s3_key(facts.s3_key);
      initiated.set_expected_size(facts.expected_size);
      initiated.set_mime_type(facts.mime_type);
      return;
    }
    case EventType::upload_completed:
      return set_object(*event.mutable_completed(), facts);
    case EventType::upload_failed: {
      auto& failed = *event.mutable_failed();
      failed.set_reason(facts.reason);
      failed.set_error_code(facts.error_code);
      failed.set_partial_chunks_uploaded(facts.partial_chunks);
      failed.set_total_chunks(facts.total_chunks);
      return;
    }
    case EventType::document_created:
      set_object(*event.mutable_created(), facts);
      event.mutable_created()->set_bucket(facts.bucket);
      return;
    case EventType::document_updated: {
      auto& updated = *event.mutable_updated();
      set_object(updated, facts);
      updated.set_previous_version_id(facts.previous_version_id);
      updated.set_bucket(facts.bucket);
      updated.set_reason(facts.reason);
      return;
    }
    case EventType::document_deleted:
      event.mutable_deleted()->set_reason(facts.reason);
      event.mutable_deleted()->set_purged(facts.purged);
      return;
  }
}

}  // namespace

v1::RepositoryEvent to_event(const OutboxRow& row) {
  const EventDraft& draft = row.event;
  v1::RepositoryEvent event;
  event.set_event_id(row.event_id);
  event.set_timestamp(epoch_ms(row.timestamp));
  event.set_document_id(draft.node.str());
  event.set_account_id(draft.account_id);
  event.set_sequence(row.sequence);

  auto& source = *event.mutable_source();
  source.set_component(kComponent);
  source.set_operation(std::string(operation_of(draft.type)));
  source.set_request_id(draft.request_id);
  source.set_user_id(draft.account_id);
  source.set_connector_id(draft.connector.str());
  source.set_session_id(draft.upload.str());

  set_facts(event, draft.type, draft.facts);
  return event;
}

std::string event_json(const OutboxRow& row) { return write_json(to_event(row)); }

}  // namespace longshore
