#include "tests/fakes/resending_store.h"

#include <utility>

namespace longshore::fakes {

namespace {

constexpr Millis kFirstPause{200};  // each further one is twice as long

}  // namespace

bool ResendingStore::may_repeat(Repeat repeat, const Error& error) {
  if (error.outcome() == Outcome::retry) return repeat != Repeat::by_caller;
  return error.outcome() == Outcome::unknown && repeat == Repeat::always;
}

// Whatever the last try came to: an earlier one may have been done, or be done yet.
Error ResendingStore::told(const Error& last, bool in_doubt) {
  if (!in_doubt || last.outcome() == Outcome::absent) return last;
  return Error(last.reason(), last.message(), last.details(), Outcome::unknown);
}

template <class T, class Call>
Task<T> ResendingStore::insist(Repeat repeat, Effect effect, Call call, BodySource* body) {
  Millis pause = kFirstPause;
  bool in_doubt = false;
  for (int retries = 0;; ++retries) {
    std::optional<Error> failure;
    try {
      co_return co_await call();
    } catch (const Error& error) {
      failure = error;
    }
    in_doubt = in_doubt || (effect == Effect::change && failure->outcome() == Outcome::unknown);
    const bool again = may_repeat(repeat, *failure) && (body == nullptr || body->rewind());
    if (!again || retries == kRetries) throw told(*failure, in_doubt);
    co_await timers_.sleep_for(std::exchange(pause, 2 * pause));
  }
}

Task<StoreUploadId> ResendingStore::create_upload(CreateUpload request) {
  return insist<StoreUploadId>(Repeat::if_not_done, Effect::change,
                               [=, this] { return inner_.create_upload(request); });
}
Task<StoredPart> ResendingStore::put_part(PutPart request, BodySource& body) {
  return insist<StoredPart>(
      Repeat::always, Effect::change, [=, this, &body] { return inner_.put_part(request, body); }, &body);
}
Task<StoredObject> ResendingStore::complete_upload(CompleteUpload request) {
  return insist<StoredObject>(Repeat::by_caller, Effect::change,
                              [=, this] { return inner_.complete_upload(request); });
}
Task<void> ResendingStore::abort_upload(ObjectKey key, StoreUploadId upload) {
  return insist<void>(Repeat::always, Effect::change, [=, this] { return inner_.abort_upload(key, upload); });
}
Task<std::vector<ListedPart>> ResendingStore::list_parts(ObjectKey key, StoreUploadId upload) {
  return insist<std::vector<ListedPart>>(Repeat::always, Effect::none,
                                         [=, this] { return inner_.list_parts(key, upload); });
}
Task<std::vector<StoreUploadId>> ResendingStore::list_uploads(ObjectKey key) {
  return insist<std::vector<StoreUploadId>>(Repeat::always, Effect::none,
                                            [=, this] { return inner_.list_uploads(key); });
}
Task<StoredObject> ResendingStore::put_object(PutObject request, BodySource& body) {
  return insist<StoredObject>(
      Repeat::always, Effect::change, [=, this, &body] { return inner_.put_object(request, body); }, &body);
}
Task<std::optional<ObjectInfo>> ResendingStore::head(ObjectKey key) {
  return insist<std::optional<ObjectInfo>>(Repeat::always, Effect::none,
                                           [=, this] { return inner_.head(key); });
}
Task<std::unique_ptr<BodySource>> ResendingStore::get(ObjectKey key, std::string version_id,
                                                      std::optional<ByteRange> range) {
  return insist<std::unique_ptr<BodySource>>(Repeat::always, Effect::none,
                                             [=, this] { return inner_.get(key, version_id, range); });
}
Task<void> ResendingStore::delete_object(ObjectKey key) {
  return insist<void>(Repeat::always, Effect::change, [=, this] { return inner_.delete_object(key); });
}

Capabilities ResendingStore::capabilities() const {
  Capabilities all = inner_.capabilities();
  all.resends_bodies = true;
  return all;
}

}  // namespace longshore::fakes
