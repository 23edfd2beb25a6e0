#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "ports/object_store.h"

namespace longshore::fakes {

/// How a store deviates from the plain reading of S3's documentation. The default is a store without
/// surprises; every field is the habit of some real store.
struct StoreProfile {
  enum class CompleteAgain { success, absent, invalid_part };
  enum class ETags { of_content, of_try };

  bool abort_of_unknown_succeeds = false;      // else absent (NoSuchUpload)
  bool parts_in_flight_survive_abort = false;  // a part that began before the abort may land after it and
                                               // shows up again
  bool failed_resend_destroys_part = false;  // a re-send that breaks off takes the stored part of its number
                                             // with it
  CompleteAgain complete_again = CompleteAgain::absent;  // what a second completion answers
  Millis double_complete_harms_for{0};  // a second completion that lands so soon after the first one destroys
                                        // the object
  Millis fresh_part_is_invalid_for{0};  // complete answers InvalidPart while a named part is younger than
                                        // this
  ETags etags = ETags::of_content;      // equal parts have equal ETags, or every try has its own
  Millis list_lag{0};  // lists miss what is younger than this, and still show uploads that ended so lately
  bool lists_uploads = true;            // else list_uploads shows none, whatever there is
  bool lists_parts_of_unknown = false;  // list_parts of an upload that is gone: an empty list, else absent
  std::optional<Millis> unfinished_lifetime = {};  // what is older is dropped at the next call
  std::size_t list_page = 1000;     // parts; a part that comes between two pages may be in the second one
  bool lists_checksums = true;      // list_parts tells CRC32Cs
  bool answers_checksums = true;    // so do all answers about an object; else none does (or one of the parts)
  bool head_shows_metadata = true;  // else no user metadata and no token (SSE-C without its key)
  bool versioned = false;           // every write of a key makes a version with an id
  std::int64_t part_bytes_min = 0;  // of every part but the last, checked at complete (EntityTooSmall)
  bool equal_parts = false;         // all but a smaller last one, checked at complete (InvalidPart)
  std::int32_t parts_max = 10'000;
  bool quota_ends_upload = false;  // a completion beyond the quota takes the upload with it
  std::size_t get_piece_bytes = 64 * 1024;
};

/// What the simulation steers. Each may be empty.
struct StoreHooks {
  enum class Completion { well, over_quota, spoilt };

  /// Awaited inside every call, on the caller's executor, at points named "<call>.begin" (nothing happened
  /// yet),
  /// "<put>.piece" (after each piece of a body), "<call>.effect" (everything was received, nothing is stored)
  /// and
  /// "<call>.answer" (it has happened). Calls: create_upload put_part complete_upload abort_upload list_parts
  /// list_uploads put_object head get delete_object; those that only read have "begin" alone. It may wait,
  /// throw, or never come back.
  std::function<Task<void>(const char* point)> pause;

  /// A call that breaks off at its "effect" point (pause threw, or the coroutine was destroyed) leaves its
  /// effect here: run it later, and the request has arrived after all; drop it, and it never has. It may be
  /// run once, while the store lives. `point` names which: "put_part.effect" and so on.
  std::function<void(const char* point, std::function<void()> effect)> orphaned;

  /// Awaited between two pages of a list of parts.
  std::function<Task<void>()> between_pages;

  /// How a completion goes that nothing else speaks against; `spoilt`: the object gets other bytes than its
  /// parts have.
  std::function<Completion(const CompleteUpload& request)> completion;
};

struct FakePart {
  std::string bytes;
  ETag etag;
  Time stored_at{};
};

struct FakeUpload {
  CreateUpload request;
  Time created_at{};
  std::map<PartNumber, FakePart> parts;
  std::map<PartNumber, int> puts_begun;  // how often each part was on its way here
};

struct FakeObject {
  std::string bytes;
  ETag etag;
  std::string version_id;
  ObjectHeaders headers;
  StoreUploadId made_by;  // empty: by put_object
};

/// An object store in memory that behaves like S3 and its look-alikes. It injects no faults: a decorator
/// does, and StoreHooks steer the inside of a call. One thread; must outlive all calls, also those whose
/// coroutines are destroyed unfinished.
class FakeObjectStore final : public ObjectStore {
 public:
  explicit FakeObjectStore(const Clock& clock, StoreProfile profile = {}, StoreHooks hooks = {});

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

  // For invariants: the truth, whatever the lists say.
  using Versions = std::vector<FakeObject>;  // oldest first, never empty
  [[nodiscard]] const std::map<StoreUploadId, FakeUpload>& uploads() const {
    return uploads_;
  }  // neither completed nor aborted
  /// Aborted uploads that a late part has brought back: they cost storage until they are aborted again.
  [[nodiscard]] const std::map<StoreUploadId, FakeUpload>& revenants() const { return revenants_; }
  [[nodiscard]] const std::map<ObjectKey, Versions>& objects() const { return objects_; }
  [[nodiscard]] const FakeObject* object(const ObjectKey& key) const;  // the newest version; nullptr: none
  [[nodiscard]] const FakePart* part(const StoreUploadId& upload, PartNumber number) const;

  // For tests: what a store may do to us on its own.
  void lose_part(const StoreUploadId& upload, PartNumber number);
  void drop_upload(const StoreUploadId& upload);  // the store's own clean-up
  void drop_old_uploads();                        // the same of all that are beyond unfinished_lifetime
  // Somebody else's, without our metadata.
  void put_strange_object(const ObjectKey& key, std::string bytes);
  void start_strange_upload(const ObjectKey& key) { create_now(CreateUpload{.key = key}); }
  StoreProfile& profile() { return profile_; }
  [[nodiscard]] const StoreProfile& profile() const { return profile_; }
  StoreHooks& hooks() { return hooks_; }

 private:
  struct Ended {
    FakeUpload upload;
    Time at{};
    std::optional<StoredObject> result;  // nullopt: aborted
  };
  class Resend;
  template <class Effect>
  class Landing;

  Task<void> pause(const char* point);
  template <class Effect>
  Task<std::invoke_result_t<Effect&>> land(const char* effect_point, const char* answer_point, Effect effect);

  FakeUpload& open_upload(const ObjectKey& key, const StoreUploadId& upload);
  StoreUploadId create_now(const CreateUpload& request);
  StoredPart store_part(const PutPart& request, std::string bytes);
  StoredObject complete_now(const CompleteUpload& request);
  StoredObject complete_again(const CompleteUpload& request, Ended& ended);
  [[nodiscard]] StoredObject described(const FakeObject& object) const;
  [[nodiscard]] const FakeUpload& listed_upload(const ObjectKey& key, const StoreUploadId& upload);
  void check_parts(const CompleteUpload& request, const FakeUpload& upload) const;
  void abort_now(const ObjectKey& key, const StoreUploadId& upload);
  StoredObject store_object(const ObjectKey& key, FakeObject object);
  ETag make_etag(const std::string& bytes);
  Task<std::string> receive(const char* piece_point, std::int64_t size, BodySource& body);

  const Clock& clock_;
  StoreProfile profile_;
  StoreHooks hooks_;
  std::map<StoreUploadId, FakeUpload> uploads_;
  std::map<StoreUploadId, FakeUpload> revenants_;
  std::map<StoreUploadId, Ended> ended_;
  std::map<ObjectKey, Versions> objects_;
  std::int64_t ids_ = 0;  // behind upload ids, versions and ETags of a try
};

}  // namespace longshore::fakes
