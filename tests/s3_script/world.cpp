#include "tests/s3_script/world.h"

#include <algorithm>
#include <charconv>
#include <future>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "aws/refreshing_provider.h"
#include "base/units.h"

namespace longshore::s3_script {
namespace {

std::int32_t number_of(std::string_view text) {
  std::int32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string bytes_of(std::size_t size, std::int32_t index) {
  std::string bytes(size, '\0');
  std::uint32_t state = static_cast<std::uint32_t>(index) * 2654435761U + 1;
  for (char& byte : bytes) {
    byte = static_cast<char>(state >> 24);
    state = state * 1664525U + 1013904223U;
  }
  return bytes;
}

std::string ranges(const std::vector<ChunkRange>& chunks) {
  std::string text;
  for (const ChunkRange& range : chunks) {
    for (std::int32_t n = range.first.value(); n <= range.last.value(); ++n) text += " " + std::to_string(n);
  }
  return text;
}

constexpr std::int64_t kSinglePutMax = MiB;

/// "KEY1", then "KEY2" and so on: one more at each fetch.
class CountedSource final : public aws::CredentialsSource {
 public:
  explicit CountedSource(int& fetches) : fetches_(fetches) {}
  Task<aws::Credentials> fetch() override {
    co_return aws::Credentials{.access_key_id = "KEY" + std::to_string(++fetches_),
                               .secret_access_key = Secret("secret")};
  }
  [[nodiscard]] std::string_view name() const override { return "counted"; }

 private:
  int& fetches_;
};

s3::S3Options options_of(const WorldOptions& options, s3::ChecksumChoice checksums,
                         const std::string& endpoint) {
  return {.place = s3::Place({.endpoint = endpoint, .bucket = "bucket"}),
          .profile = s3::find_profile(options.profile),
          .checksums = checksums,
          .client = {.read_timeout = options.read_timeout, .retry = {.first_pause = Millis{5}}}};
}

struct Verb {
  std::string_view name;
  std::size_t words_min = 0;  // besides itself
  std::size_t words_max = 0;
  bool of_call = false;  // they name a call
};

constexpr Verb kVerbs[] = {{"open", 0, 1},
                           {"put", 2, 8},
                           {"whole", 1, 1},
                           {"complete"},
                           {"cancel"},
                           {"sweep"},
                           {"skip", 1, 1},
                           {"list"},
                           {"list-uploads"},
                           {"head"},
                           {"get"},
                           {"fill", 2, 2},
                           {"lose", 1, 1},
                           {"drop"},
                           {"foreign"},
                           {"restart", 1, 1},
                           {"state"},
                           {"settled"},
                           {"events", 1, 1},
                           {"seen", 1, 1, true},
                           {"broken", 1, 1, true},
                           {"at-once", 1, 1, true},
                           {"hasty", 1, 1, true},
                           {"signatures", 1, 1, true},
                           {"uploads-at-store"},
                           {"pulled"},
                           {"buffers"},
                           {"fetches"}};

constexpr std::string_view kWaysToPut[] = {"twice", "last", "held", "cut", "stalls", "times-out"};

constexpr std::pair<std::string_view, s3::ChecksumChoice> kChoices[] = {
    {"auto", s3::ChecksumChoice::automatic},
    {"crc32c", s3::ChecksumChoice::crc32c},
    {"crc64nvme", s3::ChecksumChoice::crc64nvme},
    {"none", s3::ChecksumChoice::none}};

s3::ChecksumChoice choice_of(std::string_view word) {
  const auto* const found = std::ranges::find(kChoices, word,
                                              [](const auto& choice) { return choice.first; });
  if (found == std::end(kChoices)) throw std::invalid_argument("checksum is not " + std::string(word));
  return found->second;
}

}  // namespace

/// What a client sends. It may be given again if it is held; half-way it may break off, stand still, or be
/// ended by its front, whose patience is over.
class World::Body final : public BodySource {
 public:
  Body(std::string bytes, const std::vector<std::string>& how, std::size_t& pulled)
      : bytes_(std::move(bytes)),
        held_(has(how, "held")),
        cut_(has(how, "cut")),
        stalls_(has(how, "stalls")),
        times_out_(has(how, "times-out")),
        pulled_(pulled) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::ssize(bytes_); }
  Task<ByteView> next() override {
    constexpr std::size_t kPiece = 64 * 1024;
    const bool gives_half = cut_ || stalls_ || times_out_;
    if (gives_half && given_ >= bytes_.size() / 2) {
      if (cut_) throw Error(Reason::body_cut_off, "gone");
      AsioTimers timers;
      co_await timers.sleep_for(times_out_ ? Millis{100} : std::chrono::hours{1});
      throw Error(Reason::request_timeout, "too slow");
    }
    const std::size_t n = std::min(
        {kPiece, bytes_.size() - given_, gives_half ? bytes_.size() / 2 : bytes_.size()});
    given_ += n;
    pulled_ += n;
    co_return as_bytes(bytes_).subspan(given_ - n, n);
  }
  bool rewind() override {
    if (held_) given_ = 0;
    return held_;
  }

 private:
  const std::string bytes_;
  const bool held_;
  const bool cut_;
  const bool stalls_;
  const bool times_out_;
  std::size_t given_ = 0;
  std::size_t& pulled_;
};

World::World(WorldOptions options)
    : options_(std::move(options)),
      s3_(options_.s3),
      credentials_(std::make_unique<aws::RefreshingProvider>(std::make_unique<CountedSource>(fetches_),
                                                             world_clock_, random_, Log::none())) {
  start(options_.checksums);
}

// A server, over what is kept of the one before.
void World::start(s3::ChecksumChoice checksums) {
  coordinator_.reset();
  const s3::ClientTools tools{http_, *credentials_, world_timers_, world_clock_, random_, Log::none()};
  store_ = std::make_unique<s3::S3Store>(options_of(options_, checksums, s3_.endpoint()), tools, findings_,
                                         metrics_);
  const DriveName name("default");
  Drive drive{.name = name,
              .store = store_.get(),
              .limits = {.part_bytes_min = 1, .single_put_threshold = kSinglePutMax},
              .key_template = {}};
  s3::narrow(drive.limits, *s3::find_profile(options_.profile));
  coordinator_ = std::make_unique<Coordinator>(Ports{.catalog = catalog_,
                                                     .sessions = sessions_,
                                                     .events = &sink_,
                                                     .timers = timers_,
                                                     .clock = clock_,
                                                     .random = random_,
                                                     .buffers = buffers_},
                                               std::map<DriveName, Drive>{{name, drive}},
                                               UploadPolicy{.parts_in_flight_per_upload = 100},
                                               [](std::string_view, const std::string&) {});
}

World::~World() {
  auto closed = boost::asio::co_spawn(loop_, http_.close(), boost::asio::use_future);
  while (closed.wait_for(std::chrono::seconds{0}) != std::future_status::ready) loop_.run_one();
}

void World::check(const std::vector<std::string>& words) {
  const auto* const verb = std::ranges::find(kVerbs, words.front(), &Verb::name);
  if (verb == std::end(kVerbs)) throw std::invalid_argument("no such command: " + words.front());
  const std::size_t more = words.size() - 1;
  if (more < verb->words_min || more > verb->words_max)
    throw std::invalid_argument("too few words, or too many");
  if (verb->of_call && !is_call(words[1])) throw std::invalid_argument("no such call: " + words[1]);
  if (verb->name == "restart") choice_of(words[1]);
  for (std::size_t n = 3; verb->name == "put" && n < words.size(); ++n) {
    if (std::ranges::find(kWaysToPut, words[n]) == std::end(kWaysToPut))
      throw std::invalid_argument("no such way to put: " + words[n]);
  }
}

std::string World::run(std::vector<std::string> words) {
  check(words);
  const std::string verb = words[0];
  const auto word = [&](std::size_t n) { return n < words.size() ? words[n] : std::string(); };
  if (verb == "open") return open(word(1));
  if (verb == "put") return put(words);
  if (verb == "whole") return finish(put_whole(static_cast<std::size_t>(number_of(word(1)))));
  if (verb == "complete") return finish(complete());
  if (verb == "cancel") return finish(cancel());
  if (verb == "sweep") return finish(sweep());
  if (verb == "list") return finish(list());
  if (verb == "list-uploads") return finish(list_uploads());
  if (verb == "head") return finish(head());
  if (verb == "get") return finish(read_back());
  if (verb == "fill") return fill(number_of(word(1)), number_of(word(2)));
  if (verb == "skip") {
    clock_.leapt += *parse_duration(word(1));
    return "";
  }
  if (verb == "lose") {
    s3_.store().lose_part(*row().store_upload, part_of(ChunkIndex{number_of(word(1))}));
    return "";
  }
  if (verb == "foreign") {
    s3_.store().put_strange_object(row().key, "somebody else's");
    return "";
  }
  if (verb == "restart") {
    start(choice_of(word(1)));
    return "";
  }
  if (verb == "drop") {
    s3_.store().drop_upload(*row().store_upload);
    return "";
  }
  // What is.
  if (verb == "state") return std::string(to_string(row().state));
  if (verb == "settled") return settled();
  if (verb == "seen") return std::to_string(s3_.seen(word(1)));
  if (verb == "at-once") return std::to_string(s3_.at_once(word(1)));
  if (verb == "broken") return std::to_string(s3_.broken(word(1)));
  if (verb == "hasty") return std::to_string(s3_.hasty(word(1)));
  if (verb == "fetches") return std::to_string(fetches_);
  if (verb == "pulled") return std::to_string(pulled_);
  if (verb == "buffers") return std::to_string(buffers_.in_use_bytes());
  if (verb == "uploads-at-store") return std::to_string(s3_.store().uploads().size());
  if (verb == "signatures") {
    auto all = s3_.signatures(word(1));
    std::ranges::sort(all);
    return std::to_string(std::ranges::unique(all).begin() - all.begin());
  }
  if (verb == "events") {
    const auto count = std::ranges::count_if(
        catalog_.outbox(), [&](const auto& entry) { return to_string(entry.second.event.type) == word(1); });
    return std::to_string(count);
  }
  throw std::invalid_argument("no such command: " + verb);
}

const Operation& World::row() const {
  if (upload_.empty()) throw std::invalid_argument("nothing was opened");
  return catalog_.operations().at(upload_).operation;
}

std::string World::finish(Task<std::string> task) {
  std::vector<Task<std::string>> one;
  one.push_back(std::move(task));
  return finish_all(std::move(one));
}

std::string World::finish_all(std::vector<Task<std::string>> tasks) {
  std::vector<std::future<std::string>> running;
  for (Task<std::string>& task : tasks)
    running.push_back(boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future));
  std::string all;
  for (std::future<std::string>& result : running) {
    while (result.wait_for(std::chrono::seconds{0}) != std::future_status::ready) loop_.run_one();
    std::string text;
    try {
      text = result.get();
    } catch (const Error& error) {
      text = to_string(error.reason());
      if (error.outcome() == Outcome::absent) text = "absent";
      if (!error.details().store_code.empty()) text += " " + error.details().store_code;
      if (error.details().retry_after) text += " later";
    }
    if (all != text) all += (all.empty() ? "" : " + ") + text;  // once for all that agree
  }
  return all;
}

std::string World::open(const std::string& chunk_size) {
  InitiateRequest request{.connector = ConnectorId("c"),
                          .attributes = {.name = "file", .metadata = {}, .tags = {}},
                          .by_name = true};
  if (!chunk_size.empty()) request.expected.chunk_size = number_of(chunk_size);
  const auto initiate = [](World& world, InitiateRequest with) -> Task<std::string> {
    co_await world.coordinator_->initiate({}, std::move(with));
    co_return "";
  };
  const std::string result = finish(initiate(*this, std::move(request)));
  if (!catalog_.operations().empty()) upload_ = catalog_.operations().rbegin()->first;
  return result;
}

// put INDEX[-INDEX] SIZE [twice] [last] [held] [cut] [stalls]
std::string World::put(const std::vector<std::string>& words) {
  const std::string& which = words.at(1);
  const std::int32_t first = number_of(which);
  const std::size_t dash = which.find('-');
  const std::int32_t last = dash == std::string::npos ? first
                                                      : number_of(std::string_view(which).substr(dash + 1));
  pulled_ = 0;
  chunks_ = std::max(chunks_, last + 1);
  std::vector<Task<std::string>> tasks;
  for (std::int32_t index = first; index <= last; ++index) {
    for (int times = has(words, "twice") ? 2 : 1; times > 0; --times)
      tasks.push_back(put_one(index, static_cast<std::size_t>(number_of(words.at(2))), words));
  }
  return finish_all(std::move(tasks));
}

Task<std::string> World::put_one(std::int32_t index, std::size_t size, std::vector<std::string> how) {
  const std::string bytes = bytes_of(size, index);
  Body body(bytes, how, pulled_);
  PutPartRequest request{.ref = {.node = {}, .upload = upload_},
                         .chunk = ChunkIndex{index},
                         .size = static_cast<std::int64_t>(size),
                         .last = has(how, "last")};
  const auto send = [](World& world, PutPartRequest with, BodySource& from) -> Task<void> {
    co_await world.coordinator_->put_part({}, std::move(with), from);
  };
  if (has(how, "stalls")) {  // until its client goes away
    boost::asio::cancellation_signal gone;
    const auto executor = co_await boost::asio::this_coro::executor;
    auto running = boost::asio::co_spawn(
        executor, send(*this, std::move(request), body),
        boost::asio::bind_cancellation_slot(gone.slot(), boost::asio::use_future));
    while (body.length() && pulled_ < size / 2) co_await world_timers_.sleep_for(Millis{5});
    co_await world_timers_.sleep_for(Millis{50});
    gone.emit(boost::asio::cancellation_type::terminal);
    while (running.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      co_await world_timers_.sleep_for(Millis{5});
    try {
      running.get();
    } catch (const boost::system::system_error&) {
      co_return "cancelled";
    }
    co_return "not cancelled";
  }
  co_await send(*this, std::move(request), body);
  sent_[index] = bytes;
  co_return "stored";
}

Task<std::string> World::put_whole(std::size_t size) {
  const std::string bytes = bytes_of(size, 0);
  Body body(bytes, {}, pulled_);
  PutWholeRequest request{.initiate = {.connector = ConnectorId("c"),
                                       .attributes = {.name = "file", .metadata = {}, .tags = {}},
                                       .by_name = true}};
  PutWholeAnswer answer = co_await coordinator_->put_object({}, std::move(request), body);
  upload_ = answer.operation.id;
  sent_[0] = bytes;
  co_return std::string(to_string(answer.operation.state));
}

Task<std::string> World::complete() {
  const CompleteAnswer answer = co_await coordinator_->complete(
      {}, {.ref = {.node = {}, .upload = upload_}, .total_chunks = chunks_});
  std::string text(to_string(answer.state));
  if (!answer.missing.empty()) text += " missing" + ranges(answer.missing);
  co_return text;
}

Task<std::string> World::cancel() {
  const UploadView view = co_await coordinator_->cancel({}, {.node = {}, .upload = upload_}, "scripted");
  co_return std::string(to_string(view.operation.state));
}

Task<std::string> World::sweep() {
  while (co_await coordinator_->sweep(10) > 0) {
  }
  co_return "";
}

// What the store's list shows: how many parts.
Task<std::string> World::list() {
  const auto parts = co_await store_->list_parts(row().key,
                                                 row().store_upload.value_or(StoreUploadId("none")));
  co_return std::to_string(parts.size());
}

Task<std::string> World::list_uploads() {
  const auto uploads = co_await store_->list_uploads(row().key);
  co_return std::to_string(uploads.size());
}

Task<std::string> World::head() {
  const auto info = co_await store_->head(row().key);
  co_return info ? std::to_string(info->object.size) : "none";
}

// Whether the object is what was sent.
Task<std::string> World::read_back() {
  const auto body = co_await store_->get(row().key, "", std::nullopt);
  std::string bytes;
  for (ByteView piece = co_await body->next(); !piece.empty(); piece = co_await body->next())
    bytes += as_text(piece);
  std::string sent;
  for (const auto& [index, chunk] : sent_) sent += chunk;
  co_return bytes == sent ? "equal" : "different";
}

// Parts that the store has, and we have no receipts of.
std::string World::fill(int count, int step) {
  const auto put_at_store = [](ObjectStore& store, PutPart request,
                               std::size_t& pulled) -> Task<std::string> {
    Body body("x", {}, pulled);
    co_await store.put_part(std::move(request), body);
    co_return "";
  };
  for (int n = 0; n < count; ++n) {
    PutPart request{
        .key = row().key, .upload = *row().store_upload, .number = PartNumber{1 + n * step}, .size = 1};
    finish(put_at_store(s3_.store(), std::move(request), pulled_));
  }
  return "";
}

std::string World::settled() { return row().debts.settled() ? "yes" : "no"; }

}  // namespace longshore::s3_script
