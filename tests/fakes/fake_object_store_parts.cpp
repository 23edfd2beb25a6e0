// Parts: how they come in, and what lists tell of them.
#include <cstring>
#include <utility>

#include "tests/fakes/checksum.h"
#include "tests/fakes/fake_object_store_land.h"
#include "tests/fakes/store_answers.h"

namespace longshore::fakes {

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

}  // namespace longshore::fakes
