#pragma once

#include "coordinator/steps.h"

namespace longshore {

/// An upload as clients see it. Rebuilds the session of an open upload where it is gone; never fails for
/// that: a ledger that cannot be read is shown as empty.
/// `list`: ListParts is merged in, if that was not done lately.
Task<UploadView> view_of(Steps steps, LoadedOperation loaded, bool list = false);

}  // namespace longshore
