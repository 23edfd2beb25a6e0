#pragma once

#include "coordinator/steps.h"

namespace longshore {

/// Removes every object of the node from its store, then ends the purge with documents.deleted (purged).
/// Under `attempt`'s lease, asked for at `leased_at` by our clock; idempotent: whoever takes over begins
/// anew.
Task<void> run_purge(Steps steps, UploadId purge, AttemptId attempt, Time leased_at);

/// run_purge() as a favour at the end of a request: errors are reported, the sweep goes on with it.
Task<void> purge_soon(Steps steps, UploadId purge, AttemptId attempt, Time leased_at);

}  // namespace longshore
