#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/timers.h"
#include "ports/object_store.h"

namespace longshore {

/// A store that answers as scripted, and as the inner one where the script is empty.
class ScriptedStore final : public ObjectStore {
 public:
  /// What becomes of one call.
  struct Turn {
    Millis after{0};              // it takes so long
    std::optional<Error> refuse;  // told instead; nothing happens
    std::optional<Error> lose;    // it happens, and this is told
    std::function<void()> then;   // done once it has happened
  };

  ScriptedStore(ObjectStore& inner, Timers& timers)
      : capabilities_(inner.capabilities()), inner_(inner), timers_(timers) {}

  void next(const std::string& call, Turn turn) { script_[call].push_back(std::move(turn)); }
  void refuse_next(const std::string& call, Error error) { next(call, Turn{.refuse = std::move(error)}); }
  void lose_next(const std::string& call, Error error) { next(call, Turn{.lose = std::move(error)}); }
  [[nodiscard]] int calls(const std::string& call) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? 0 : found->second;
  }

  Capabilities capabilities_;
  bool reads_empty_bodies = true;
  std::function<void(StoredObject&)> completed;           // changes what a completion answers
  std::function<void(std::optional<ObjectInfo>&)> heads;  // and a HEAD

  Task<StoreUploadId> create_upload(CreateUpload request) override {
    co_return co_await play("create_upload", inner_.create_upload(std::move(request)));
  }
  Task<StoredPart> put_part(PutPart request, BodySource& body) override {
    co_return co_await play("put_part", inner_.put_part(std::move(request), body));
  }
  Task<StoredObject> complete_upload(CompleteUpload request) override {
    last_completion = request;
    StoredObject object = co_await play("complete_upload", inner_.complete_upload(std::move(request)));
    if (completed) completed(object);
    co_return object;
  }
  Task<void> abort_upload(ObjectKey key, StoreUploadId upload) override {
    co_await play("abort_upload", inner_.abort_upload(std::move(key), std::move(upload)));
  }
  Task<std::vector<ListedPart>> list_parts(ObjectKey key, StoreUploadId upload) override {
    co_return co_await play("list_parts", inner_.list_parts(std::move(key), std::move(upload)));
  }
  Task<std::vector<StoreUploadId>> list_uploads(ObjectKey key) override {
    co_return co_await play("list_uploads", inner_.list_uploads(std::move(key)));
  }
  Task<StoredObject> put_object(PutObject request, BodySource& body) override {
    NoBody nothing;
    BodySource& read = request.size == 0 && !reads_empty_bodies ? nothing : body;
    co_return co_await play("put_object", inner_.put_object(std::move(request), read));
  }
  Task<std::optional<ObjectInfo>> head(ObjectKey key) override {
    std::optional<ObjectInfo> info = co_await play("head", inner_.head(std::move(key)));
    if (heads) heads(info);
    co_return info;
  }
  Task<std::unique_ptr<BodySource>> get(ObjectKey key, std::string version_id,
                                        std::optional<ByteRange> range) override {
    co_return co_await play("get", inner_.get(std::move(key), std::move(version_id), range));
  }
  Task<void> delete_object(ObjectKey key) override {
    co_await play("delete_object", inner_.delete_object(std::move(key)));
  }
  [[nodiscard]] Capabilities capabilities() const override { return capabilities_; }

  CompleteUpload last_completion;

 private:
  class NoBody final : public BodySource {
   public:
    [[nodiscard]] std::optional<std::int64_t> length() const override { return 0; }
    Task<ByteView> next() override { co_return ByteView{}; }
  };

  template <class T>
  Task<T> play(std::string call, Task<T> inner) {
    ++calls_[call];
    Turn turn;
    auto& turns = script_[call];
    if (!turns.empty()) {
      turn = std::move(turns.front());
      turns.pop_front();
    }
    if (turn.after > Millis{0}) co_await timers_.sleep_for(turn.after);
    if (turn.refuse) throw *turn.refuse;
    if constexpr (std::is_void_v<T>) {
      co_await std::move(inner);
      conclude(turn);
    } else {
      T result = co_await std::move(inner);
      conclude(turn);
      co_return result;
    }
  }
  static void conclude(const Turn& turn) {
    if (turn.then) turn.then();
    if (turn.lose) throw *turn.lose;
  }

  ObjectStore& inner_;
  Timers& timers_;
  std::map<std::string, std::deque<Turn>> script_;
  std::map<std::string, int> calls_;
};

// Answers of a store, as its adapter classifies them.
inline Error store_error(Outcome outcome, const std::string& code,
                         std::optional<Millis> retry_after = std::nullopt) {
  const bool refused = outcome == Outcome::refused || outcome == Outcome::absent;
  return Error{refused ? Reason::store_refused : Reason::store_unavailable,
               "the store answers " + code,
               {.store_code = code, .retry_after = retry_after},
               outcome};
}
inline Error access_denied() { return store_error(Outcome::refused, "AccessDenied"); }
inline Error invalid_part() { return store_error(Outcome::refused, "InvalidPart"); }
inline Error no_such_upload() { return store_error(Outcome::absent, "NoSuchUpload"); }
inline Error slow_down(std::optional<Millis> retry_after = std::nullopt) {
  return store_error(Outcome::retry, "SlowDown", retry_after);
}
inline Error internal_error() { return store_error(Outcome::unknown, "InternalError"); }
inline Error lost_answer() { return store_error(Outcome::unknown, "connection reset"); }

}  // namespace longshore
