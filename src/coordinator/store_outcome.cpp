#include "coordinator/store_outcome.h"

#include "base/hash.h"

namespace longshore {

Task<std::optional<ObjectStands>> our_object(Steps steps, const Operation& op,
                                             std::optional<std::int64_t> expected_size) {
  const auto info = co_await steps.drive_of(op).store->head(op.key);
  if (!info) co_return std::nullopt;
  // The key is this operation's alone: where the token cannot be read, only the size can speak against it.
  const bool size_fits = !expected_size || *expected_size == info->object.size;
  const bool ours = info->token ? *info->token == op.token : size_fits;
  if (!ours) co_return std::nullopt;
  co_return ObjectStands{.object = info->object, .composite = info->composite};
}

Task<StoreLook> look_at_store(Steps steps, const Operation& op, std::optional<std::int64_t> expected_size,
                              bool told_gone) {
  if (auto stands = co_await our_object(steps, op, expected_size)) co_return std::move(*stands);
  if (!op.store_upload) co_return NothingThere{};
  bool gone = false;
  try {
    const auto parts = co_await steps.drive_of(op).store->list_parts(op.key, *op.store_upload);
    gone = told_gone && parts.empty();
  } catch (const Error& error) {
    if (error.outcome() != Outcome::absent) throw;
    gone = true;
  }
  if (!gone) co_return UploadStands{};
  if (auto stands = co_await our_object(steps, op, expected_size)) co_return std::move(*stands);
  co_return NothingThere{};
}

Task<std::string> read_back_sha256(Steps steps, const Operation& op, const StoredObject& object) {
  const auto body = co_await steps.drive_of(op).store->get(op.key, object.version_id, std::nullopt);
  Sha256 sha;
  for (ByteView piece = co_await body->next(); !piece.empty(); piece = co_await body->next())
    sha.update(piece);
  const Sha256Digest digest = sha.finish();
  co_return sha256_to_base64(digest);
}

Task<std::string> learn_sha256(Steps steps, const Operation& op) {
  const std::string sha256 = co_await read_back_sha256(steps, op, *op.result);
  co_await steps.change(op.id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (!row.operation.result || !row.operation.result->sha256_base64.empty()) return std::nullopt;
    Transition to{.operation = row.operation, .node = row.node};
    to.operation.result->sha256_base64 = sha256;
    to.node_changed = row.node.current == row.operation.id;
    if (to.node_changed) to.node.object.sha256_base64 = sha256;
    return to;
  });
  co_return sha256;
}

}  // namespace longshore
