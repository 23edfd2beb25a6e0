#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

#include "directory/directory_store.h"
#include "directory/names.h"
#include "directory/object_try.h"

/// How a folder store begins: the folders, the checks, and what a crash has left behind.
namespace longshore::directory {

namespace {

constexpr const char* kProbeFile = "staging/probe";

bool is_upload_id_of_ours(const std::string& name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::unique_ptr<DirectoryStore> DirectoryStore::open(const std::string& root, Tools tools) {
  std::unique_ptr<DirectoryStore> store(new DirectoryStore(root, tools));
  if (::flock(store->root_.fd(), LOCK_EX | LOCK_NB) != 0) {
    throw Error(Reason::store_refused, "the folder is in use by another process",
                ErrorDetails{.store_code = "FolderInUse"});
  }
  store->prepare_folders();
  store->sweep_staging();
  return store;
}

DirectoryStore::DirectoryStore(const std::string& root, Tools tools)
    : root_(root), tools_(tools), objects_(root_) {}

void DirectoryStore::prepare_folders() {
  try {
    for (const char* folder : {kObjectsFolder, kMetadataFolder, kStagingFolder}) root_.make_folder(folder);
    root_.sync(".");
    root_.write(kProbeFile, "");
    root_.remove(kProbeFile);
  } catch (const Error& error) {
    throw Error(error.reason(), "the folder is not fit for a store: " + error.message(), error.details());
  }
  const auto device = root_.status(kStagingFolder)->st_dev;
  if (root_.status(kObjectsFolder)->st_dev != device) {
    throw Error(Reason::store_refused,
                "objects and staging lie on different file systems: no file could be renamed",
                ErrorDetails{.store_code = "EXDEV"});
  }
}

void DirectoryStore::sweep_staging() {
  for (const std::string& name : root_.names(kStagingFolder)) {
    if (name.starts_with(kObjectTryPrefix)) {
      root_.remove(std::string(kStagingFolder) + "/" + name);
      ++report_.leftovers_removed;
    } else if (is_upload_id_of_ours(name)) {
      load_upload(StoreUploadId(name));
    }
  }
}

void DirectoryStore::load_upload(const StoreUploadId& id) {
  std::shared_ptr<StagedUpload> upload;
  switch (StagedUpload::load(root_, id, tools_.random, upload)) {
    case StagedUpload::Found::unfinished:
      uploads_.emplace(UploadKey(upload->request().key, id), upload);
      ++report_.unfinished_uploads;
      return;
    case StagedUpload::Found::damaged:
      report_.damaged.push_back(std::string(kStagingFolder) + "/" + id.str());
      return;
    case StagedUpload::Found::completed:
      objects_.settle(upload->request().key);
      break;
    case StagedUpload::Found::half_created:
      break;
  }
  StagedUpload::remove_leftover(root_, id);
  ++report_.leftovers_removed;
}

}  // namespace longshore::directory
