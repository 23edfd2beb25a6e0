#include "tests/fakes/fake_object_store.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/hash.h"

namespace longshore::fakes {

namespace {

Error refused(const char* store_code, const std::string& message) {
  return Error(Reason::store_refused, message, ErrorDetails{.store_code = store_code}, Outcome::refused);
}

Error absent(const char* store_code) {
  return Error(Reason::store_refused, std::string("the store answers ") + store_code,
               ErrorDetails{.store_code = store_code}, Outcome::absent);
}

Error bad_digest(const char* message) {
  return Error(Reason::store_unavailable, message, ErrorDetails{.store_code = "BadDigest"}, Outcome::retry);
}

Error invalid_part(PartNumber number) {
  return refused("InvalidPart", "part " + std::to_string(number.value()) + " is not as named");
}

std::uint32_t crc32c_of(const std::string& bytes) {
  Crc32c crc;
  crc.update(as_bytes(bytes));
  return crc.value();
}

/// An object's bytes, copied, so that a reader under way does not see the object go.
class StringBody final : public BodySource {
 public:
  StringBody(std::string bytes, std::size_t piece_bytes)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    return static_cast<std::int64_t>(bytes_.size());
  }

  Task<ByteView> next() override {
    const std::size_t n = std::min(piece_bytes_, bytes_.size() - at_);
    const ByteView piece = as_bytes(bytes_).subspan(at_, n);
    at_ += n;
    co_return piece;
  }

  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

}  // namespace

/// An effect that is about to happen. Destroyed before it did, it goes to hooks.orphaned.
template <class Effect>
class FakeObjectStore::Landing {
 public:
  Landing(const StoreHooks& hooks, const char* point, Effect effect)
      : hooks_(hooks), point_(point), effect_(std::move(effect)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  ~Landing() {
    if (!effect_.has_value() || !hooks_.orphaned) return;
    auto late = std::make_shared<Effect>(std::move(*effect_));
    hooks_.orphaned(point_, [late] {
      try {
        static_cast<void>((*late)());
      } catch (const Error&) {  // nobody is left to hear it
      }
    });
  }

  std::invoke_result_t<Effect&> happen() {
    Effect effect = std::move(*effect_);
    effect_.reset();
    return effect();
  }

 private:
  const StoreHooks& hooks_;
  const char* point_;
  std::optional<Effect> effect_;
};

/// A re-send under way: on a store of that habit, breaking off takes the stored part along.
class FakeObjectStore::Resend {
 public:
  Resend(FakeObjectStore& store, const PutPart& request) : store_(&store), request_(request) {}
  Resend(const Resend&) = delete;
  Resend& operator=(const Resend&) = delete;
  ~Resend() {
    if (store_ != nullptr) store_->lose_part(request_.upload, request_.number);
  }
  void ended_well() { store_ = nullptr; }

 private:
  FakeObjectStore* store_;
  const PutPart& request_;
};

FakeObjectStore::FakeObjectStore(const Clock& clock, StoreProfile profile, StoreHooks hooks)
    : clock_(clock), profile_(profile), hooks_(std::move(hooks)) {}

Task<void> FakeObjectStore::pause(const char* point) {
  drop_old_uploads();
  if (hooks_.pause) co_await hooks_.pause(point);
}

template <class Effect>
Task<std::invoke_result_t<Effect&>> FakeObjectStore::land(const char* effect_point, const char* answer_point,
                                                          Effect effect) {
  Landing<Effect> landing(hooks_, effect_point, std::move(effect));
  co_await pause(effect_point);
  if constexpr (std::is_void_v<std::invoke_result_t<Effect&>>) {
    landing.happen();
    co_await pause(answer_point);
  } else {
    auto result = landing.happen();
    co_await pause(answer_point);
    co_return result;
  }
}

Task<StoreUploadId> FakeObjectStore::create_upload(CreateUpload request) {
  co_await pause("create_upload.begin");
  auto effect = [this, request] { return create_now(request); };
  co_return co_await land("create_upload.effect", "create_upload.answer", std::move(effect));
}

StoreUploadId FakeObjectStore::create_now(const CreateUpload& request) {
  const StoreUploadId id("upload-" + std::to_string(++ids_));
  uploads_[id] = FakeUpload{.request = request, .created_at = clock_.now()};
  return id;
}

FakeUpload& FakeObjectStore::open_upload(const ObjectKey& key, const StoreUploadId& upload) {
  const auto found = uploads_.find(upload);
  if (found == uploads_.end() || found->second.request.key != key) throw absent("NoSuchUpload");
  return found->second;
}

Task<StoredPart> FakeObjectStore::put_part(PutPart request, BodySource& body) {
  co_await pause("put_part.begin");
  ++open_upload(request.key, request.upload).puts_begun[request.number];
  if (request.number.value() < 1 || request.number.value() > profile_.parts_max)
    throw refused("InvalidArgument", "part numbers are 1 to " + std::to_string(profile_.parts_max));

  std::optional<Resend> resend;
  if (profile_.failed_resend_destroys_part) resend.emplace(*this, request);
  std::string bytes = co_await receive("put_part.piece", request.size, body);
  if (request.crc32c && *request.crc32c != crc32c_of(bytes))
    throw bad_digest("the part's checksum is another");

  if (resend) resend->ended_well();
  auto effect = [this, request, bytes]() mutable { return store_part(request, std::move(bytes)); };
  co_return co_await land("put_part.effect", "put_part.answer", std::move(effect));
}

Task<std::string> FakeObjectStore::receive(const char* piece_point, std::int64_t size, BodySource& body) {
  std::string bytes;
  for (;;) {
    const ByteView piece = co_await body.next();
    if (piece.empty()) break;
    bytes.resize(bytes.size() + piece.size());
    std::memcpy(bytes.data() + bytes.size() - piece.size(), piece.data(), piece.size());
    co_await pause(piece_point);
  }
  if (static_cast<std::int64_t>(bytes.size()) != size) {
    throw Error(Reason::integrity, "the body does not have the announced size",
                ErrorDetails{.store_code = "IncompleteBody"}, Outcome::refused);
  }
  co_return bytes;
}

StoredPart FakeObjectStore::store_part(const PutPart& request, std::string bytes) {
  FakeUpload* upload = nullptr;
  if (const auto open = uploads_.find(request.upload); open != uploads_.end()) {
    upload = &open->second;
  } else if (const auto back = revenants_.find(request.upload); back != revenants_.end()) {
    upload = &back->second;
  } else if (const auto gone = ended_.find(request.upload);
             gone != ended_.end() && !gone->second.result && profile_.parts_in_flight_survive_abort) {
    upload = &revenants_[request.upload];
    *upload = gone->second.upload;
  } else {
    throw absent("NoSuchUpload");
  }
  FakePart part{.etag = make_etag(bytes), .stored_at = clock_.now()};
  part.bytes = std::move(bytes);
  StoredPart stored{.etag = part.etag};
  upload->parts[request.number] = std::move(part);
  return stored;
}

ETag FakeObjectStore::make_etag(const std::string& bytes) {
  char text[64];
  if (profile_.etags == StoreProfile::ETags::of_try) {
    std::snprintf(text, sizeof text, "try-%lld", static_cast<long long>(++ids_));
  } else {
    std::snprintf(text, sizeof text, "%08x%zx", crc32c_of(bytes), bytes.size());
  }
  return ETag(text);
}

Task<StoredObject> FakeObjectStore::complete_upload(CompleteUpload request) {
  co_await pause("complete_upload.begin");
  auto effect = [this, request] { return complete_now(request); };
  co_return co_await land("complete_upload.effect", "complete_upload.answer", std::move(effect));
}

StoredObject FakeObjectStore::complete_now(const CompleteUpload& request) {
  if (const auto gone = ended_.find(request.upload); gone != ended_.end() && gone->second.result) {
    return complete_again(request, gone->second);
  }
  FakeUpload& upload = open_upload(request.key, request.upload);
  check_parts(request, upload);

  FakeObject object{.headers = upload.request.headers, .made_by = request.upload};
  for (const CompletePart& named : request.parts) object.bytes += upload.parts[named.number].bytes;
  if (request.crc32c && *request.crc32c != crc32c_of(object.bytes)) {
    throw Error(Reason::integrity, "the checksum of the whole is another",
                ErrorDetails{.store_code = "BadDigest"});
  }
  switch (hooks_.completion ? hooks_.completion(request) : StoreHooks::Completion::well) {
    case StoreHooks::Completion::well:
      break;
    case StoreHooks::Completion::over_quota:
      if (profile_.quota_ends_upload) abort_now(request.key, request.upload);
      throw refused("QuotaExceeded", "there is no room for it");
    case StoreHooks::Completion::spoilt:
      object.bytes.front() = static_cast<char>(object.bytes.front() ^ 1);
  }
  object.etag = ETag(make_etag(object.bytes).str() + "-" + std::to_string(request.parts.size()));

  upload.parts.clear();
  Ended ended{.upload = std::move(upload), .at = clock_.now()};
  ended.result = store_object(request.key, std::move(object));
  uploads_.erase(request.upload);
  return *(ended_[request.upload] = std::move(ended)).result;
}

StoredObject FakeObjectStore::complete_again(const CompleteUpload& request, Ended& ended) {
  if (ended.upload.request.key != request.key) throw absent("NoSuchUpload");
  if (profile_.double_complete_harms_for > Millis{0} &&
      clock_.now() - ended.at <= profile_.double_complete_harms_for) {
    objects_.erase(request.key);
    throw Error(Reason::store_unavailable, "the store answers InternalError",
                ErrorDetails{.store_code = "InternalError"}, Outcome::unknown);
  }
  switch (profile_.complete_again) {
    case StoreProfile::CompleteAgain::success:
      return *ended.result;
    case StoreProfile::CompleteAgain::absent:
      throw absent("NoSuchUpload");
    case StoreProfile::CompleteAgain::invalid_part:
      throw refused("InvalidPart", "no such part any more");
  }
  throw absent("NoSuchUpload");
}

void FakeObjectStore::check_parts(const CompleteUpload& request, const FakeUpload& upload) const {
  if (request.parts.empty()) throw refused("MalformedXML", "no parts are named");
  std::int32_t before = 0;
  for (const CompletePart& named : request.parts) {
    if (named.number.value() <= before) throw refused("InvalidPartOrder", "parts are not ascending");
    before = named.number.value();
    const auto found = upload.parts.find(named.number);
    if (found == upload.parts.end() || found->second.etag != named.etag) throw invalid_part(named.number);
    const FakePart& part = found->second;
    if (profile_.fresh_part_is_invalid_for > Millis{0} &&
        clock_.now() - part.stored_at < profile_.fresh_part_is_invalid_for) {
      throw invalid_part(named.number);
    }
    const auto size = static_cast<std::int64_t>(part.bytes.size());
    if (size != named.size || (named.crc32c && *named.crc32c != crc32c_of(part.bytes)))
      throw invalid_part(named.number);
    const bool last = &named == &request.parts.back();
    if (!last && size < profile_.part_bytes_min)
      throw refused("EntityTooSmall", "part " + std::to_string(before) + " is below the minimum");
    const std::int64_t first_size = request.parts.front().size;
    if (profile_.equal_parts && (last ? size > first_size : size != first_size))
      throw invalid_part(named.number);
  }
}

StoredObject FakeObjectStore::store_object(const ObjectKey& key, FakeObject object) {
  Versions& versions = objects_[key];
  if (profile_.versioned) {
    object.version_id = "version-" + std::to_string(++ids_);
  } else {
    versions.clear();
  }
  versions.push_back(std::move(object));
  return described(versions.back());
}

StoredObject FakeObjectStore::described(const FakeObject& object) const {
  StoredObject told{.size = static_cast<std::int64_t>(object.bytes.size()),
                    .etag = object.etag,
                    .version_id = object.version_id};
  if (profile_.answers_checksums) told.crc32c = crc32c_of(object.bytes);
  return told;
}

Task<void> FakeObjectStore::abort_upload(ObjectKey key, StoreUploadId upload) {
  co_await pause("abort_upload.begin");
  auto effect = [this, key, upload] { abort_now(key, upload); };
  co_await land("abort_upload.effect", "abort_upload.answer", std::move(effect));
}

void FakeObjectStore::abort_now(const ObjectKey& key, const StoreUploadId& upload) {
  const auto back = revenants_.find(upload);
  const auto open = uploads_.find(upload);
  if (back != revenants_.end() && back->second.request.key == key) {
    revenants_.erase(back);
  } else if (open != uploads_.end() && open->second.request.key == key) {
    open->second.parts.clear();
    ended_[upload] = Ended{.upload = std::move(open->second), .at = clock_.now(), .result = std::nullopt};
    uploads_.erase(open);
  } else if (!profile_.abort_of_unknown_succeeds) {
    throw absent("NoSuchUpload");
  }
}

const FakeUpload& FakeObjectStore::listed_upload(const ObjectKey& key, const StoreUploadId& upload) {
  const auto back = revenants_.find(upload);
  return back != revenants_.end() && back->second.request.key == key ? back->second
                                                                     : open_upload(key, upload);
}

Task<std::vector<ListedPart>> FakeObjectStore::list_parts(ObjectKey key, StoreUploadId upload) {
  co_await pause("list_parts.begin");
  if (profile_.lists_parts_of_unknown && !uploads_.contains(upload) && !revenants_.contains(upload))
    co_return std::vector<ListedPart>{};
  const FakeUpload* listed = &listed_upload(key, upload);
  std::vector<ListedPart> parts;
  std::size_t on_page = 0;
  for (auto next = listed->parts.begin(); next != listed->parts.end(); ++next) {
    if (on_page++ == profile_.list_page && hooks_.between_pages) {
      const PartNumber marker = next->first;
      co_await hooks_.between_pages();
      listed = &listed_upload(key, upload);
      next = listed->parts.lower_bound(marker);
      if (next == listed->parts.end()) break;
      on_page = 1;
    }
    const auto& [number, part] = *next;
    if (profile_.list_lag > Millis{0} && clock_.now() - part.stored_at < profile_.list_lag) continue;
    ListedPart row{.number = number, .etag = part.etag, .size = static_cast<std::int64_t>(part.bytes.size())};
    if (profile_.lists_checksums) row.crc32c = crc32c_of(part.bytes);
    parts.push_back(std::move(row));
  }
  co_return parts;
}

Task<std::vector<StoreUploadId>> FakeObjectStore::list_uploads(ObjectKey key) {
  co_await pause("list_uploads.begin");
  const auto lags = [this](Time since) {
    return profile_.list_lag > Millis{0} && clock_.now() - since < profile_.list_lag;
  };
  std::vector<StoreUploadId> ids;
  if (!profile_.lists_uploads) co_return ids;
  for (const auto& [id, upload] : uploads_) {
    if (upload.request.key == key && !lags(upload.created_at)) ids.push_back(id);
  }
  for (const auto& [id, upload] : revenants_) {
    if (upload.request.key == key) ids.push_back(id);
  }
  for (const auto& [id, ended] : ended_) {
    if (ended.upload.request.key == key && lags(ended.at) && !revenants_.contains(id)) ids.push_back(id);
  }
  co_return ids;
}

Task<StoredObject> FakeObjectStore::put_object(PutObject request, BodySource& body) {
  co_await pause("put_object.begin");
  std::string bytes = co_await receive("put_object.piece", request.size, body);
  auto effect = [this, request, bytes]() mutable {
    FakeObject object{.etag = make_etag(bytes), .headers = request.headers};
    object.bytes = std::move(bytes);
    return store_object(request.key, std::move(object));
  };
  co_return co_await land("put_object.effect", "put_object.answer", std::move(effect));
}

Task<std::optional<ObjectInfo>> FakeObjectStore::head(ObjectKey key) {
  co_await pause("head.begin");
  const FakeObject* found = object(key);
  if (found == nullptr) co_return std::nullopt;
  ObjectInfo info{.headers = found->headers};
  info.object = described(*found);
  if (profile_.head_shows_metadata) {
    const auto token = info.headers.user_metadata.find(kUploadTokenMetadata);
    info.token = token == info.headers.user_metadata.end() ? UploadToken() : UploadToken(token->second);
  } else {
    info.headers.user_metadata.clear();
  }
  co_return info;
}

Task<std::unique_ptr<BodySource>> FakeObjectStore::get(ObjectKey key, std::string version_id,
                                                       std::optional<ByteRange> range) {
  co_await pause("get.begin");
  const auto found = objects_.find(key);
  if (found == objects_.end()) throw absent("NoSuchKey");
  const Versions& versions = found->second;
  const auto wanted = version_id.empty()
                          ? versions.end() - 1
                          : std::find_if(versions.begin(), versions.end(),
                                         [&](const FakeObject& v) { return v.version_id == version_id; });
  if (wanted == versions.end()) throw absent("NoSuchVersion");

  const auto size = static_cast<std::int64_t>(wanted->bytes.size());
  const ByteRange all{.first = 0, .last = size - 1};
  const ByteRange r = range.value_or(all);
  if (range && (r.first < 0 || r.first > r.last || r.last >= size)) {
    throw refused("InvalidRange", "the range is not inside of the object");
  }
  std::string bytes = wanted->bytes.substr(static_cast<std::size_t>(r.first),
                                           static_cast<std::size_t>(r.last - r.first + 1));
  co_return std::make_unique<StringBody>(std::move(bytes), profile_.get_piece_bytes);
}

Task<void> FakeObjectStore::delete_object(ObjectKey key) {
  co_await pause("delete_object.begin");
  auto effect = [this, key] { objects_.erase(key); };
  co_await land("delete_object.effect", "delete_object.answer", std::move(effect));
}

Capabilities FakeObjectStore::capabilities() const {
  return Capabilities{.complete_twice_harmless = profile_.double_complete_harms_for == Millis{0},
                      .lists_uploads = profile_.lists_uploads,
                      .bucket = "fake",
                      .unfinished_lifetime = profile_.unfinished_lifetime};
}

const FakeObject* FakeObjectStore::object(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : &found->second.back();
}

const FakePart* FakeObjectStore::part(const StoreUploadId& upload, PartNumber number) const {
  const auto found = uploads_.find(upload);
  if (found == uploads_.end()) return nullptr;
  const auto part = found->second.parts.find(number);
  return part == found->second.parts.end() ? nullptr : &part->second;
}

void FakeObjectStore::lose_part(const StoreUploadId& upload, PartNumber number) {
  if (const auto found = uploads_.find(upload); found != uploads_.end()) found->second.parts.erase(number);
}

void FakeObjectStore::drop_old_uploads() {
  if (!profile_.unfinished_lifetime) return;
  const auto is_old = [&](const auto& entry) {
    return entry.second.created_at + *profile_.unfinished_lifetime <= clock_.now();
  };
  std::erase_if(uploads_, is_old);
  std::erase_if(revenants_, is_old);
}

void FakeObjectStore::drop_upload(const StoreUploadId& upload) {
  uploads_.erase(upload);
  revenants_.erase(upload);
}

void FakeObjectStore::put_strange_object(const ObjectKey& key, std::string bytes) {
  FakeObject object{.etag = make_etag(bytes)};
  object.bytes = std::move(bytes);
  store_object(key, std::move(object));
}

}  // namespace longshore::fakes
