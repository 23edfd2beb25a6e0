#pragma once

#include <string>
#include <vector>

#include "s3/client.h"

/// Lists, page after page. Each ends: a marker that does not move on is an error, and so are more pages than
/// there can be.
namespace longshore::s3 {

/// Ascending. Throws Error; absent where the store knows no such upload.
Task<std::vector<PartEntry>> list_parts(Client& client, ObjectKey key, StoreUploadId upload);
/// Of exactly this key.
Task<std::vector<StoreUploadId>> list_uploads(Client& client, ObjectKey key);
/// Version ids of exactly this key, markers of deletion among them.
Task<std::vector<std::string>> list_versions(Client& client, ObjectKey key);
/// The object at exactly this key, as far as a list tells; nullopt: none.
Task<std::optional<ListedObject>> list_object(Client& client, ObjectKey key);

}  // namespace longshore::s3
