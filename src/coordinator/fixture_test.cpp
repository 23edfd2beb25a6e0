#include "coordinator/fixture_test.h"

#include <algorithm>
#include <set>

#include "base/hash.h"

namespace longshore {

namespace {

// Small enough to read, with every limit within reach of a test.
StoreLimits small_limits() {
  return {.part_bytes_min = 5,
          .part_bytes_max = 20,
          .parts_max = 10,
          .object_bytes_max = 150,
          .single_put_threshold = 12,
          .part_bytes_unknown_length = 8};
}

const Caller kCaller{.request_id = "request", .account_id = "account"};

}  // namespace

std::uint32_t crc32c_of(const std::string& text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

Task<std::string> text_of(std::unique_ptr<BodySource> body) {
  std::string text;
  for (ByteView piece = co_await body->next(); !piece.empty(); piece = co_await body->next())
    for (const std::byte b : piece) text.push_back(static_cast<char>(b));
  co_return text;
}

CoordinatorTest::CoordinatorTest(UploadPolicy policy, bool equal_parts) {
  const DriveName name{"default"};
  Drive drive{.name = name, .store = &scripted_, .limits = small_limits(), .key_template = {}};
  drive.limits.equal_parts = store_.profile().equal_parts = equal_parts;
  coordinator_ = std::make_unique<Coordinator>(Ports{.catalog = catalog_port_,
                                                     .sessions = sessions_port_,
                                                     .events = &sink_,
                                                     .timers = stepper_.timers(),
                                                     .clock = clock_,
                                                     .random = random_,
                                                     .buffers = buffers_},
                                               std::map<DriveName, Drive>{{name, std::move(drive)}}, policy,
                                               [this](std::string_view what, const std::string& detail) {
                                                 reports_.push_back(std::string(what) + ": " + detail);
                                               });
}

InitiateRequest CoordinatorTest::request(const std::string& name) {
  InitiateRequest request;
  request.connector = ConnectorId{"cli"};
  request.attributes.name = name;
  request.by_name = true;
  return request;
}

UploadId CoordinatorTest::open(const std::string& name) { return open(request(name)); }
UploadId CoordinatorTest::open(InitiateRequest with) {
  return stepper_.run(coordinator_->initiate(kCaller, std::move(with))).operation.id;
}

PutPartRequest CoordinatorTest::chunk(const UploadId& upload, std::int32_t index, const std::string& text,
                                      bool last) {
  return {.ref = {.upload = upload},
          .chunk = ChunkIndex{index},
          .size = static_cast<std::int64_t>(text.size()),
          .last = last,
          .crc32c = crc32c_of(text)};
}

PartAnswer CoordinatorTest::put(const UploadId& upload, std::int32_t index, const std::string& text,
                                bool last) {
  ClientBody body{text};
  return stepper_.run(coordinator_->put_part(kCaller, chunk(upload, index, text, last), body));
}

Stepper::Running<PartAnswer> CoordinatorTest::start_put(const UploadId& upload, std::int32_t index,
                                                        ClientBody& body, bool last) {
  PutPartRequest with{
      .ref = {.upload = upload}, .chunk = ChunkIndex{index}, .size = *body.length(), .last = last};
  return stepper_.start(coordinator_->put_part(kCaller, std::move(with), body));
}

CompleteAnswer CoordinatorTest::complete(const UploadId& upload, std::optional<std::int32_t> total) {
  return stepper_.run(coordinator_->complete(kCaller, {.ref = {.upload = upload}, .total_chunks = total}));
}
Stepper::Running<CompleteAnswer> CoordinatorTest::start_complete(const UploadId& upload) {
  return stepper_.start(coordinator_->complete(kCaller, {.ref = {.upload = upload}}));
}
UploadView CoordinatorTest::cancel(const UploadId& upload) {
  return stepper_.run(coordinator_->cancel(kCaller, {.upload = upload}, ""));
}
UploadView CoordinatorTest::status(const UploadId& upload) {
  return stepper_.run(coordinator_->status({.upload = upload}));
}

PutWholeAnswer CoordinatorTest::put_object(const std::string& name, const std::string& text, bool known) {
  ClientBody body{text, known};
  return put_object({.initiate = request(name)}, body);
}
PutWholeAnswer CoordinatorTest::put_object(PutWholeRequest with, ClientBody& body) {
  return stepper_.run(coordinator_->put_object(kCaller, std::move(with), body));
}
Node CoordinatorTest::remove(const NodeId& node, bool purge) {
  return stepper_.run(coordinator_->remove(kCaller, node, purge, "not needed"));
}

Node CoordinatorTest::object(const std::string& name, const std::string& first, const std::string& second) {
  const UploadId upload = open(name);
  put(upload, 0, first);
  EXPECT_EQ(put(upload, 1, second, true).state, OperationState::completed);
  return node(node_of(upload));
}

void CoordinatorTest::sweep() {
  while (stepper_.run(coordinator_->sweep(100)) > 0) {
  }
}
void CoordinatorTest::live(Millis duration) {
  const Time end = clock_.now() + duration;
  while (clock_.now() < end) {
    // Hours in which nothing is due are skipped.
    Time next = end;
    for (const auto& [id, row] : catalog_.operations())
      if (row.operation.look_again_at)
        next = std::min(next, std::max(*row.operation.look_again_at, clock_.now() + 1min));
    stepper_.advance(next - clock_.now());
    sweep();
  }
}

const Operation& CoordinatorTest::row(const UploadId& upload) const {
  return catalog_.operations().at(upload).operation;
}
const Node& CoordinatorTest::node(const NodeId& id) const { return catalog_.nodes().at(id).node; }
const Node& CoordinatorTest::node_named(const std::string& name) const {
  return node(node_id_by_name(DriveName{"default"}, ConnectorId{"cli"}, "", name));
}

std::string CoordinatorTest::read(const NodeId& id) {
  const Content content = stepper_.run(coordinator_->content(id, {}));
  return stepper_.run(text_of(stepper_.run(coordinator_->open_content(content, std::nullopt))));
}

CoordinatorTest::Names CoordinatorTest::events(const NodeId& id) const {
  Names names;
  for (const auto& [number, row] : catalog_.outbox()) {
    if (row.event.node != id) continue;
    const std::string& code = row.event.facts.error_code;
    names.push_back(std::string(to_string(row.event.type)) + (code.empty() ? "" : " " + code));
  }
  return names;
}

std::string CoordinatorTest::ranges(const std::vector<ChunkRange>& chunks) {
  std::string text;
  for (const ChunkRange& range : chunks)
    text += (text.empty() ? "" : " ") + std::to_string(range.first.value()) + "-" +
            std::to_string(range.last.value());
  return text;
}

void CoordinatorTest::expect_nothing_left_over() {
  live(50h);
  std::set<StoreUploadId> owned;
  std::set<ObjectKey> kept;
  for (const auto& [id, row] : catalog_.operations()) {
    const Operation& op = row.operation;
    if (!has_ended(op.state) && op.store_upload) owned.insert(*op.store_upload);
    if (has_ended(op.state)) {
      EXPECT_TRUE(op.debts.settled()) << id.str();
    }
  }
  for (const auto& [id, row] : catalog_.nodes())
    if (!row.node.current.empty()) kept.insert(row.node.key);
  for (const auto& [id, upload] : store_.uploads()) EXPECT_TRUE(owned.contains(id)) << id.str();
  for (const auto& [id, upload] : store_.revenants()) ADD_FAILURE() << id.str();
  for (const auto& [key, versions] : store_.objects()) EXPECT_TRUE(kept.contains(key)) << key.str();
  for (const ObjectKey& key : kept) EXPECT_NE(store_.object(key), nullptr) << key.str();
}

}  // namespace longshore
