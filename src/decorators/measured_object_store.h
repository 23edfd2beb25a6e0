#pragma once

#include <string>

#include "base/clock.h"
#include "obs/metrics.h"
#include "ports/object_store.h"

namespace longshore {

/// An object store whose parts are measured: duration and size of those that were stored, and the errors of
/// the others by code. All else passes through. `store`, `metrics` and `clock` outlive it.
class MeasuredObjectStore final : public ObjectStore {
 public:
  /// `bucket` is the label: the store's bucket, or the drive's name where it has none.
  MeasuredObjectStore(ObjectStore& store, std::string bucket, Metrics& metrics, const Clock& clock);

  Task<StoreUploadId> create_upload(CreateUpload request) override {
    return store_.create_upload(std::move(request));
  }
  Task<StoredPart> put_part(PutPart request, BodySource& body) override;
  Task<StoredObject> complete_upload(CompleteUpload request) override {
    return store_.complete_upload(std::move(request));
  }
  Task<void> abort_upload(ObjectKey key, StoreUploadId upload) override {
    return store_.abort_upload(std::move(key), std::move(upload));
  }
  Task<std::vector<ListedPart>> list_parts(ObjectKey key, StoreUploadId upload) override {
    return store_.list_parts(std::move(key), std::move(upload));
  }
  Task<std::vector<StoreUploadId>> list_uploads(ObjectKey key) override {
    return store_.list_uploads(std::move(key));
  }
  Task<StoredObject> put_object(PutObject request, BodySource& body) override {
    return store_.put_object(std::move(request), body);
  }
  Task<std::optional<ObjectInfo>> head(ObjectKey key) override { return store_.head(std::move(key)); }
  Task<std::unique_ptr<BodySource>> get(ObjectKey key, std::string version_id,
                                        std::optional<ByteRange> range) override {
    return store_.get(std::move(key), std::move(version_id), range);
  }
  Task<void> delete_object(ObjectKey key) override { return store_.delete_object(std::move(key)); }
  [[nodiscard]] Capabilities capabilities() const override { return store_.capabilities(); }

 private:
  ObjectStore& store_;
  const std::string bucket_;
  Metrics& metrics_;
  const Clock& clock_;
};

}  // namespace longshore
