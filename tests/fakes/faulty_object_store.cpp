#include "tests/fakes/faulty_object_store.h"

#include <algorithm>
#include <utility>

namespace longshore::fakes {

namespace {

CallSite store(std::string_view call) { return {"store", call, Reason::store_unavailable}; }

Error bad_digest() {
  return Error(Reason::store_unavailable, "what arrived is not what was sent",
               ErrorDetails{.store_code = "BadDigest"}, Outcome::retry);
}

/// A body on the wire: what one side has sent and the other has not read yet. The store has it whole once
/// `size` bytes came, whatever the sender does after that; it is broken off when the sender goes before.
class Wire final : public BodySource {
 public:
  explicit Wire(std::int64_t size) : size_(size) {}

  void push(ByteView piece) {
    sent_.append(as_text(piece));
    arrived();
  }
  void break_off() {
    broken_ = true;
    arrived();
  }
  void break_off_at(std::int64_t bytes) { arrives_max_ = bytes; }
  void garble() { garbled_ = true; }

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }

  Task<ByteView> next() override {
    for (;;) {
      const auto here = std::min(std::ssize(sent_), arrives_max_);
      if (here > taken_) break;
      if (taken_ >= size_ && garbled_) throw bad_digest();
      if (taken_ >= size_) co_return ByteView{};
      if (broken_ || taken_ >= arrives_max_) throw Error(Reason::body_cut_off, "the sender is gone");
      more_ = Moment();
      co_await more_.wait();
    }
    piece_ = sent_.substr(static_cast<std::size_t>(taken_),
                          static_cast<std::size_t>(std::min(std::ssize(sent_), arrives_max_) - taken_));
    taken_ += std::ssize(piece_);
    co_return as_bytes(piece_);
  }

 private:
  void arrived() {
    if (!more_.has_come()) more_.come();
  }

  std::int64_t size_;
  std::int64_t arrives_max_ = INT64_MAX;
  std::int64_t taken_ = 0;
  std::string sent_;
  std::string piece_;
  bool broken_ = false;
  bool garbled_ = false;
  Moment more_;
};

/// The sender's end: however the sender leaves, what it has not sent will never come.
class Sender {
 public:
  explicit Sender(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { wire_->break_off(); }

 private:
  std::shared_ptr<Wire> wire_;
};

std::shared_ptr<Wire> wire_for(Link& link, std::int64_t size, const Fate& fate) {
  auto wire = std::make_shared<Wire>(size);
  if (fate.body_cut_at) wire->break_off_at(*fate.body_cut_at);
  if (fate.garbled) wire->garble();
  link.on_death([weak = std::weak_ptr(wire)] {
    if (const auto still = weak.lock()) still->break_off();
  });
  return wire;
}

/// A download that breaks off.
class CutBody final : public BodySource {
 public:
  CutBody(std::unique_ptr<BodySource> inner, std::int64_t bytes) : inner_(std::move(inner)), left_(bytes) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return inner_->length(); }
  Task<ByteView> next() override {
    const ByteView piece = co_await inner_->next();
    left_ -= std::ssize(piece);
    if (left_ < 0) throw unavailable(Reason::store_unavailable, "the answer breaks off", Outcome::unknown);
    co_return piece;
  }

 private:
  std::unique_ptr<BodySource> inner_;
  std::int64_t left_;
};

/// Sends the body until its end, or until the store has answered.
template <class T>
Task<T> pump(BodySource& body, std::shared_ptr<Wire> wire, std::shared_ptr<Answer<T>> answer, Fate fate) {
  const Sender sender(wire);
  if (fate.before_body) co_return co_await Answer<T>::await(answer);
  while (!answer->is_set()) {
    const ByteView piece = co_await body.next();
    if (piece.empty()) break;
    wire->push(piece);
  }
  co_return co_await Answer<T>::await(answer);
}

}  // namespace

Task<StoreUploadId> FaultyObjectStore::create_upload(CreateUpload request) {
  return carry<StoreUploadId>(link_, store("create_upload"), words(link_, request.key),
                              [=, this] { return inner_.create_upload(request); });
}
Task<StoredPart> FaultyObjectStore::put_part(PutPart request, BodySource& body) {
  const CallSite site = store("put_part");
  const Fate fate = link_.fate_of(site);
  const auto wire = wire_for(link_, request.size, fate);
  const auto answer = send<StoredPart>(link_, site, words(link_, request.upload, request.number.value()),
                                       fate, [=, this] { return inner_.put_part(request, *wire); });
  co_return co_await pump(body, wire, answer, fate);
}
Task<StoredObject> FaultyObjectStore::complete_upload(CompleteUpload request) {
  return carry<StoredObject>(link_, store("complete_upload"), words(link_, request.key, request.upload),
                             [=, this] { return inner_.complete_upload(request); });
}
Task<void> FaultyObjectStore::abort_upload(ObjectKey key, StoreUploadId upload) {
  return carry<void>(link_, store("abort_upload"), words(link_, key, upload),
                     [=, this] { return inner_.abort_upload(key, upload); });
}
Task<std::vector<ListedPart>> FaultyObjectStore::list_parts(ObjectKey key, StoreUploadId upload) {
  return carry<std::vector<ListedPart>>(link_, store("list_parts"), words(link_, key, upload),
                                        [=, this] { return inner_.list_parts(key, upload); });
}
Task<std::vector<StoreUploadId>> FaultyObjectStore::list_uploads(ObjectKey key) {
  return carry<std::vector<StoreUploadId>>(link_, store("list_uploads"), words(link_, key),
                                           [=, this] { return inner_.list_uploads(key); });
}
Task<StoredObject> FaultyObjectStore::put_object(PutObject request, BodySource& body) {
  const CallSite site = store("put_object");
  const Fate fate = link_.fate_of(site);
  const auto wire = wire_for(link_, request.size, fate);
  const auto answer = send<StoredObject>(link_, site, words(link_, request.key), fate,
                                         [=, this] { return inner_.put_object(request, *wire); });
  co_return co_await pump(body, wire, answer, fate);
}
Task<std::optional<ObjectInfo>> FaultyObjectStore::head(ObjectKey key) {
  return carry<std::optional<ObjectInfo>>(link_, store("head"), words(link_, key),
                                          [=, this] { return inner_.head(key); });
}
Task<std::unique_ptr<BodySource>> FaultyObjectStore::get(ObjectKey key, std::string version_id,
                                                         std::optional<ByteRange> range) {
  const CallSite site = store("get");
  const Fate fate = link_.fate_of(site);
  auto body = co_await Answer<std::unique_ptr<BodySource>>::await(send<std::unique_ptr<BodySource>>(
      link_, site, words(link_, key), fate, [=, this] { return inner_.get(key, version_id, range); }));
  if (fate.body_cut_at) co_return std::make_unique<CutBody>(std::move(body), *fate.body_cut_at);
  co_return body;
}
Task<void> FaultyObjectStore::delete_object(ObjectKey key) {
  return carry<void>(link_, store("delete_object"), words(link_, key),
                     [=, this] { return inner_.delete_object(key); });
}

}  // namespace longshore::fakes
