#include "catalog/codec.h"

#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"

namespace longshore {
namespace {

/// The same numbers in every run (splitmix64, by Sebastiano Vigna).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

/// Random values, with the awkward ones more often than chance would have them.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  bool flip() { return random_.below(2) == 0; }
  std::int64_t number() {
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    switch (random_.below(5)) {
      case 0:
        return 0;
      case 1:
        return kMax;
      case 2:
        return -1;
      case 3:
        return static_cast<std::int64_t>(random_.below(1000));
      default:
        return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(kMax)));
    }
  }
  std::int32_t small() { return static_cast<std::int32_t>(number()); }
  std::uint32_t crc() { return static_cast<std::uint32_t>(number()); }
  Time time() { return from_epoch_ms(number()); }
  std::string text() {
    std::string out(random_.below(3) * random_.below(12), '\0');
    for (char& c : out) c = static_cast<char>(random_.below(256));  // any byte, also what is no UTF-8
    return out;
  }
  template <class Strong>
  Strong id() {
    return Strong{text()};
  }
  template <class Make>
  auto maybe(Make make) -> std::optional<decltype(make())> {
    return flip() ? std::optional{make()} : std::nullopt;
  }
  TextMap map() {
    TextMap out;
    for (std::uint64_t i = random_.below(4); i > 0; --i) out[text()] = text();
    return out;
  }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  SeededRandom random_;
};

Attributes random_attributes(Dice& dice) {
  return Attributes{dice.text(), dice.text(), dice.text(), dice.text(), dice.map(),
                    dice.map(),  dice.text(), dice.text(), dice.text()};
}

StoredObject random_object(Dice& dice) {
  return StoredObject{dice.number(), dice.id<ETag>(), dice.text(), dice.maybe([&] { return dice.crc(); }),
                      dice.text()};
}

Operation random_operation(Dice& dice) {
  Operation o;
  o.kind = static_cast<OperationKind>(dice.below(2));
  o.drive = dice.id<DriveName>();
  o.key = dice.id<ObjectKey>();
  o.token = dice.id<UploadToken>();
  o.attributes = random_attributes(dice);
  o.expected = {dice.maybe([&] { return dice.number(); }), dice.maybe([&] { return dice.number(); }),
                dice.maybe([&] { return dice.crc(); }), dice.text()};
  o.single_put = dice.flip();
  o.is_update = dice.flip();
  o.store_upload = dice.maybe([&] { return dice.id<StoreUploadId>(); });
  o.creates_sent = dice.small();
  o.create_deadline = dice.time();
  o.create_attempt = AttemptId{dice.text()};
  o.last = dice.maybe([&] { return ChunkIndex{dice.small()}; });
  o.lease = dice.maybe([&] { return Lease{dice.id<AttemptId>(), dice.time(), dice.time()}; });
  o.owner_until = dice.maybe([&] { return dice.time(); });
  o.result = dice.maybe([&] { return random_object(dice); });
  o.reason = dice.text();
  o.received = {.chunks = dice.small(), .bytes = dice.number()};
  o.error_code = dice.text();
  o.error_message = dice.text();
  for (std::uint64_t i = dice.below(4); i > 0; --i) o.debts.aborts.push_back(dice.id<StoreUploadId>());
  o.debts.clean_list = dice.flip();
  o.debts.delete_object = dice.flip();
  o.debts.delete_not_before = dice.time();
  o.debts.second_look_at = dice.maybe([&] { return dice.time(); });
  o.object_deleted = dice.flip();
  o.replaced = dice.id<UploadId>();
  o.updated_at = dice.time();
  o.ended_at = dice.maybe([&] { return dice.time(); });
  o.request_id = dice.text();
  o.account_id = dice.text();
  return o;
}

Node random_node(Dice& dice) {
  Node n;
  n.attributes = random_attributes(dice);
  n.current = dice.id<UploadId>();
  n.key = dice.id<ObjectKey>();
  n.object = random_object(dice);
  n.previous_version_id = dice.text();
  n.open_operation = dice.id<UploadId>();
  n.latest = dice.id<UploadId>();
  n.operations = dice.number();
  n.purged = dice.flip();
  n.created_at = dice.time();
  n.updated_at = dice.time();
  return n;
}

EventDraft random_event(Dice& dice) {
  EventDraft e;
  e.type = static_cast<EventType>(dice.below(6));
  e.connector = dice.id<ConnectorId>();
  e.upload = dice.id<UploadId>();
  e.account_id = dice.text();
  e.request_id = dice.text();
  e.facts = {dice.text(), dice.text(),   dice.number(), dice.number(), dice.text(),
             dice.text(), dice.text(),   dice.text(),   dice.text(),   dice.text(),
             dice.text(), dice.number(), dice.number(), dice.flip()};
  return e;
}

/// What reading `body` into a fresh row gives.
template <class Row>
Row read_back(std::string_view body) {
  Row row;
  read_body(body, row);
  return row;
}

TEST(CatalogCodec, WhateverIsWrittenIsReadBack) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    const Operation operation = random_operation(dice);
    const Node node = random_node(dice);
    const EventDraft event = random_event(dice);
    ASSERT_EQ(read_back<Operation>(write_body(operation)), operation);
    ASSERT_EQ(read_back<Node>(write_body(node)), node);
    ASSERT_EQ(read_back<EventDraft>(write_body(event)), event);
  }
}

TEST(CatalogCodec, DefaultsAreLeftOut) {
  EXPECT_EQ(write_body(Operation{}), R"({"kind":"upload"})");
  EXPECT_EQ(write_body(Node{}), "{}");
  EXPECT_EQ(write_body(EventDraft{}), R"({"type":"uploads.initiated"})");
  Operation operation;
  operation.expected.size = 0;
  operation.last = ChunkIndex{0};
  EXPECT_EQ(write_body(operation), R"({"kind":"upload","expected":{"size":0},"last":0})")
      << "known to be nothing";
}

TEST(CatalogCodec, ColumnsAreNotInTheBodyAndAreLeftAlone) {
  Operation operation;
  operation.id = UploadId{"node-1234.2"};
  operation.node = NodeId{"node-1234"};
  operation.connector = ConnectorId{"cli"};
  operation.revision = 7;
  operation.state = OperationState::completing;
  operation.created_at = from_epoch_ms(1);
  operation.look_again_at = from_epoch_ms(2);
  EXPECT_EQ(write_body(operation), R"({"kind":"upload"})");
  const Operation before = operation;
  read_body("{}", operation);
  EXPECT_EQ(operation, before);
}

TEST(CatalogCodec, FieldsOfANewerReleaseArePassedOver) {
  const auto operation = read_back<Operation>(
      R"({"kind":"purge","colour":"red","lease":{"attempt":"a","until":5,"moon":{"phase":[1,2]}},"debts":{"x":null}})");
  EXPECT_EQ(operation.kind, OperationKind::purge);
  EXPECT_EQ(operation.lease, (Lease{AttemptId{"a"}, from_epoch_ms(5), Time{}}));
}

TEST(CatalogCodec, EverythingElseIsRefusedByName) {
  struct Case {
    const char* body;
    const char* message;
  };
  for (const Case& c :
       {Case{R"({"kind":7})", "kind is not a text"},
        Case{R"({"kind":"magic"})", "kind is not one of its words"},
        Case{R"({"single_put":1})", "single_put is not true or false"},
        Case{R"({"creates_sent":"2"})", "creates_sent is not a whole number in range"},
        Case{R"({"creates_sent":2.0})", "creates_sent is not a whole number in range"},
        Case{R"({"creates_sent":2147483648})", "creates_sent is not a whole number in range"},
        Case{R"({"expected":{"crc32c":-1}})", "expected.crc32c is not a whole number in range"},
        Case{R"({"expected":{"size":9223372036854775808}})", "expected.size is not a whole number in range"},
        Case{R"({"expected":[]})", "expected is not an object"},
        Case{R"({"store_upload":null})", "store_upload is not a text"},
        Case{R"({"lease":{"until":"now"}})", "lease.until is not a whole number in range"},
        Case{R"({"debts":{"aborts":{}}})", "debts.aborts is not a list"},
        Case{R"({"debts":{"aborts":["a",1]}})", "debts.aborts is not a text"},
        Case{R"({"attributes":{"tags":{"team":1}}})", "attributes.tags is not a text"}, Case{"", "not JSON"},
        Case{"[]", "not JSON"}, Case{"{} {}", "not JSON"}, Case{R"({"kind":"purge",})", "not JSON"}}) {
    try {
      read_back<Operation>(c.body);
      ADD_FAILURE() << c.body;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::internal);
      EXPECT_EQ(error.message(), std::string("a row of the catalog cannot be read: ") + c.message) << c.body;
    }
  }
}

TEST(CatalogCodec, DeepNestingIsRefused) {
  std::string deep = R"({"x":)";
  deep.append(10'000, '[').append(10'000, ']');
  EXPECT_THROW(read_back<Node>(deep + "}"), Error);
}

}  // namespace
}  // namespace longshore
