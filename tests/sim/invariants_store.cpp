// What must be at the store, and what must not.
#include <algorithm>

#include "tests/sim/invariants.h"

namespace longshore::sim {

namespace {

/// Not a stranger's.
bool is_ours(const ObjectHeaders& headers) { return headers.user_metadata.contains(kUploadTokenMetadata); }

}  // namespace

void Invariants::look_at_stores() {
  for (auto& [upload, claims] : claims_) {
    const auto op = operations_.find(upload);
    if (op == operations_.end()) continue;
    for (auto& [chunk, claim] : claims) check_claim(op->second, chunk, claim);
  }
  for (const auto& [drive, store] : truth_.stores) check_parts(*store);
  check_current_objects();
}

/// I1: an acknowledged part is in the store.
void Invariants::check_claim(const Operation& op, ChunkIndex chunk, Claim& claim) {
  if (!claim.acknowledged_at || has_ended(op.state) || meddled_.contains(op.key) || !op.store_upload) return;
  if (op.created_at + policy_of(op).lifetime <= truth_.clock.now()) return;  // its time is over
  const fakes::FakeObjectStore& store = store_of(op.drive);
  if (store.part(*op.store_upload, part_of(chunk)) != nullptr) return;  // check_parts compares the bytes
  const fakes::FakeObject* object = store.object(op.key);
  if (object != nullptr && object->made_by == *op.store_upload) return;
  if (was_put_again(op, chunk) && store.profile().failed_resend_destroys_part) {
    claim.acknowledged_at.reset();  // an abandoned earlier try took it along; complete will name it
    return;
  }
  violated("I1", "chunk " + std::to_string(chunk.value()) + " of " + op.id.str() +
                     " was acknowledged and is not at the store");
}

/// By its client, or by a server on its own, which the client does not know of: an abandoned earlier try may
/// do harm.
bool Invariants::was_put_again(const Operation& op, ChunkIndex chunk) const {
  const auto& uploads = store_of(op.drive).uploads();
  const auto upload = op.store_upload ? uploads.find(*op.store_upload) : uploads.end();
  if (upload == uploads.end()) return false;
  const auto puts = upload->second.puts_begun.find(part_of(chunk));
  return puts != upload->second.puts_begun.end() && puts->second > 1;
}

/// Nothing but what a client meant is ever stored, not even as a part.
void Invariants::check_parts(const fakes::FakeObjectStore& store) {
  for (const auto& [id, upload] : store.uploads()) {
    const auto owner = keys_.find(upload.request.key);
    const Intent* intent = owner == keys_.end() ? nullptr : truth_.intents.of(owner->second);
    if (intent == nullptr || intent->split_by_server) continue;
    for (const auto& [number, part] : upload.parts) {
      const auto index = static_cast<std::size_t>(chunk_of(number).value());
      if (index < intent->chunks.size() && intent->chunks[index] == part.bytes) continue;
      violated("I2", "part " + std::to_string(number.value()) + " of " + owner->second.str() +
                         " was stored with bytes that nobody meant");
    }
  }
}

bool Invariants::is_being_purged(const Node& node) const {
  const auto open = operations_.find(node.open_operation);
  return node.purged || (open != operations_.end() && open->second.kind == OperationKind::purge);
}

/// What nodes point to is there, and so is what was replaced a short time ago.
void Invariants::check_current_objects() {
  for (const auto& [id, node] : nodes_) {
    if (node.current.empty() || is_being_purged(node)) continue;
    const fakes::FakeObject* object = store_of(node.drive).object(node.key);
    // A single PUT that was sent again may arrive twice: then the ETag is that of the other arrival.
    const Intent* intent = truth_.intents.of(node.current);
    const bool same = object != nullptr && (object->etag == node.object.etag ||
                                            (object->made_by.empty() && is_ours(object->headers) &&
                                             intent != nullptr && intent->accepts(object->bytes)));
    if (!same) {
      violated("I2",
               "the object of node " + id.str() + " is " + (object == nullptr ? "gone" : "another one"));
    }
  }
  const Time now = truth_.clock.now();
  std::erase_if(kept_, [&](const Kept& kept) {
    const auto node = nodes_.find(kept.node);
    return kept.until <= now || node == nodes_.end() || is_being_purged(node->second);
  });
  for (const Kept& kept : kept_) {
    if (store_of(kept.drive).object(kept.key) == nullptr) {
      violated("I5", "the object at " + kept.key.str() + " was deleted too early after it had been replaced");
    }
  }
}

/// I5, and that everything was told.
void Invariants::look_at_the_end() {
  for (const auto& [drive, store] : truth_.stores) {
    store->drop_old_uploads();  // no call may have come since their time was over
    check_leftovers(*store);
  }
  for (const auto& [node, told] : told_) {
    if (told.published != told.written)
      violated("I4", "events of node " + node.str() + " were never published");
  }
}

void Invariants::check_leftovers(const fakes::FakeObjectStore& store) {
  for (const auto& [id, upload] : store.uploads()) {
    if (!is_ours(upload.request.headers)) continue;
    violated("I5", "upload " + id.str() + " at " + upload.request.key.str() + " is left at the store");
  }
  for (const auto& [id, upload] : store.revenants()) {
    violated("I5", "upload " + id.str() + " at " + upload.request.key.str() +
                       " is left at the store, back after its abort");
  }
  for (const auto& [key, versions] : store.objects()) {
    if (!is_ours(versions.back().headers)) continue;
    const bool wanted = std::ranges::any_of(nodes_, [&](const auto& entry) {
      return entry.second.key == key && !entry.second.current.empty() && !entry.second.purged;
    });
    if (!wanted) violated("I5", "the object at " + key.str() + " is left, and no node points to it");
  }
}

}  // namespace longshore::sim
