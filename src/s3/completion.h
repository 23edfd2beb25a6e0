#pragma once

#include "ports/object_store.h"
#include "s3/client.h"

namespace longshore::s3 {

/// CompleteMultipartUpload of an upload that was created on this plan, and what the object is then. The
/// store computes the checksum of the whole from what it has: the last word on whether that is what was
/// sent. Where ours is known it is sent along and compared. Throws Error as ObjectStore::complete_upload
/// does; integrity where the checksums differ.
Task<StoredObject> complete(Client& client, CompleteUpload request, ChecksumPlan plan);

}  // namespace longshore::s3
