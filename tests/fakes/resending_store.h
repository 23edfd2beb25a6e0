#pragma once

#include "net/timers.h"
#include "ports/object_store.h"

namespace longshore::fakes {

/// What the S3 adapter does by itself before it tells of a failure: whatever may be sent again is sent again,
/// a body from its first byte, where that is still there. Inner store and timers outlive it.
class ResendingStore final : public ObjectStore {
 public:
  static constexpr int kRetries = 3;

  ResendingStore(ObjectStore& inner, Timers& timers) : inner_(inner), timers_(timers) {}

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

 private:
  /// When a call is sent again.
  enum class Repeat { always, if_not_done, by_caller };

  enum class Effect { none, change };

  static bool may_repeat(Repeat repeat, const Error& error);
  static Error told(const Error& last, bool in_doubt);
  template <class T, class Call>
  Task<T> insist(Repeat repeat, Effect effect, Call call, BodySource* body = nullptr);

  ObjectStore& inner_;
  Timers& timers_;
};

}  // namespace longshore::fakes
