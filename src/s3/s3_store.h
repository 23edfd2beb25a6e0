#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/object_store.h"
#include "s3/client.h"
#include "s3/knowledge.h"
#include "s3/options.h"

namespace longshore::s3 {

/// An object store over a bucket of S3, or of one of the many stores that speak its protocol. Bytes pass
/// through; no part is held. What the store can do is found out by the first call unless it is kept from
/// before (knowledge.h), which needs the rights that uploads need, at keys that begin with
/// `longshore-probe/`.
///
/// Errors: where a request breaks off the outcome is retry or unknown, as the port says; details.store_code
/// is the store's own code, or its HTTP status where it gave none.
class S3Store final : public ObjectStore {
 public:
  /// All but the options outlive it.
  S3Store(S3Options options, ClientTools tools, StoreFindings& findings, Metrics& metrics);

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
  [[nodiscard]] Capabilities capabilities() const override;

  /// Finds out what the store can do, unless that is known. Throws Error: it does not answer, or not let us
  /// in; asked again at the next call. What is known then, for people: "profile minio, checksums none".
  Task<std::string> find_out();
  /// The store's clock less ours, to a second; nullopt: it does not tell its time. Throws Error.
  Task<std::optional<Millis>> clock_difference();
  /// Ends what goes on besides calls; before the loops end.
  Task<void> stop() { return knowledge_.stop(); }

 private:
  [[nodiscard]] bool may_have_versions() const;
  Task<ChecksumPlan> terms_of(StoreUploadId upload);
  Task<std::optional<ObjectInfo>> look_closer(ObjectKey key, Error why);

  const S3Options options_;
  const Clock& clock_;
  Client client_;
  Knowledge knowledge_;
  std::atomic<bool> has_versions_{true};  // until the store says that it has none
};

}  // namespace longshore::s3
