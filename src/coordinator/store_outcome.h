#pragma once

#include <variant>

#include "coordinator/steps.h"
#include "domain/completion.h"

/// What a completion did at the store, whatever its answer was. Looks, never guesses.
namespace longshore {

struct ObjectStands {  // an object of ours is at the key
  StoredObject object;
  std::optional<CompositeChecksum> composite;  // where the store shows that, and none of the bytes
};
struct UploadStands {};  // no object; the parts are still there: not done, or not yet
struct NothingThere {};  // neither: the upload is gone from the store
using StoreLook = std::variant<ObjectStands, UploadStands, NothingThere>;

/// HEAD for our token, then ListParts, then HEAD once more (the object may have come between the two).
/// Without readable metadata (SSE-C without its key) existence and `expected_size`, where known, decide.
/// `told_gone`: the store has answered NoSuchUpload to a request for the upload's parts; then an empty list,
/// which some stores answer for what is gone, is no sign of life.
Task<StoreLook> look_at_store(Steps steps, const Operation& op, std::optional<std::int64_t> expected_size,
                              bool told_gone);

/// Our object at the key, if it is there.
Task<std::optional<ObjectStands>> our_object(Steps steps, const Operation& op,
                                             std::optional<std::int64_t> expected_size);

/// SHA-256 of the object, read back.
Task<std::string> read_back_sha256(Steps steps, const Operation& op, const StoredObject& object);
/// The same of a COMPLETED operation, remembered in its row, and in its node's while that points to it.
Task<std::string> learn_sha256(Steps steps, const Operation& op);

}  // namespace longshore
