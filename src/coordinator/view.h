#pragma once

#include "coordinator/steps.h"

namespace longshore {

/// What stands in the row of an upload that has ended; nothing of one that is under way.
LedgerSummary ended_with(const Operation& op);

/// An upload as clients see it. Rebuilds the session of an open upload where it is gone; never fails for
/// that: a ledger that cannot be read is shown as empty.
/// `list`: ListParts is merged in, if that was not done lately.
Task<UploadView> view_of(Steps steps, LoadedOperation loaded, bool list = false);

}  // namespace longshore
