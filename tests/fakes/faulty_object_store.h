#pragma once

#include "ports/object_store.h"
#include "tests/fakes/faults.h"

namespace longshore::fakes {

/// An object store as one server sees it across its link, where bodies can break off too. Inner store and
/// link outlive it.
class FaultyObjectStore final : public ObjectStore {
 public:
  FaultyObjectStore(ObjectStore& inner, Link& link) : inner_(inner), link_(link) {}

  Task<StoreUploadId> create_upload(CreateUpload request) override;
  Task<StoredPart> put_part(PutPart request, BodySource& body) override;
  Task<StoredObject> complete_upload(CompleteUpload request) override;
  Task<void> abort_upload(ObjectKey key, StoreUploadId upload) override;
  Task<std::vector<ListedPart>> list_parts(ObjectKey key, StoreUploadId upload) override;
  Task<std::vector<StoreUploadId>> list_uploads(ObjectKey key) override;
  Task<StoredObject> put_object(PutObject request, BodySource& body) override;
  Task<std::optional<ObjectInfo>> head(ObjectKey key) override;
  Task<std::unique_ptr<BodySource>> get(ObjectKey key, std::string version_id,
                                        std::optional<ByteRange> range) override;
  Task<void> delete_object(ObjectKey key) override;
  [[nodiscard]] Capabilities capabilities() const override { return inner_.capabilities(); }

 private:
  ObjectStore& inner_;
  Link& link_;
};

}  // namespace longshore::fakes
