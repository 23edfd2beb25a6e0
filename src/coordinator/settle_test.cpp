// The debts of what ended otherwise than well: paid until the store shows nothing, looked at once more much
// later.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class SettleTest : public CoordinatorTest {};

TEST_F(SettleTest, AnAbortIsOwedUntilTheStoreShowsNothing) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.refuse_next("abort_upload", slow_down());
  cancel(upload);
  EXPECT_EQ(uploads_at_store(), 1U);
  EXPECT_FALSE(row(upload).debts.settled());
  live(2min);
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(SettleTest, ALatePartIsAbortedAgain) {
  store_.profile().parts_in_flight_survive_abort = true;
  const UploadId upload = open();
  store_.hooks().pause = [this](const char* point) -> Task<void> {
    return [](Timers& timers, bool late) -> Task<void> {
      if (late) co_await timers.sleep_for(5min);
    }(stepper_.timers(), std::string_view(point) == "put_part.effect");
  };
  ClientBody body{"aaaaa"};
  auto part = start_put(upload, 0, body);
  cancel(upload);
  EXPECT_EQ(store_.revenants().size(), 0U);
  EXPECT_NE(reason_of([&] { stepper_.finish(part); }), "") << "its upload has ended";
  store_.hooks().pause = {};
  expect_nothing_left_over();
}

TEST_F(SettleTest, AStoreThatSaysYesToAnyAbort) {
  store_.profile().abort_of_unknown_succeeds = true;
  const UploadId upload = open();
  cancel(upload);
  expect_nothing_left_over();
  EXPECT_LE(scripted_.calls("abort_upload"), 3) << "at once, and once more much later; no loop";
}

TEST_F(SettleTest, AListThatStillShowsItIsAskedAgain) {
  const UploadId upload = open();
  scripted_.next("abort_upload", ScriptedStore::Turn{.refuse = no_such_upload()});  // a lie
  cancel(upload);
  EXPECT_EQ(uploads_at_store(), 1U);
  live(2min);
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(SettleTest, EverythingIsLookedAtOnceMoreAfterTheOrphanAge) {
  const UploadId upload = open();
  cancel(upload);
  const int aborts = scripted_.calls("abort_upload");
  live(23h);
  EXPECT_EQ(scripted_.calls("abort_upload"), aborts);
  EXPECT_FALSE(row(upload).debts.settled());
  // What a frozen server sends now still lands at the key.
  ClientBody late{"late"};
  PutObject request{.key = row(upload).key, .size = 4};
  stepper_.run(store_.put_object(request, late));
  live(2h);
  EXPECT_EQ(objects_at_store(), 0U);
  EXPECT_TRUE(row(upload).debts.settled());
}

TEST_F(SettleTest, WhatALostCreateLeftIsFoundByTheList) {
  scripted_.lose_next("create_upload", lost_answer());
  const UploadId upload = open();
  cancel(upload);
  EXPECT_TRUE(row(upload).debts.clean_list);
  expect_nothing_left_over();
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(SettleTest, AStoreThatListsNothingOfWhatIsGone) {
  store_.profile().lists_parts_of_unknown = true;
  for (const bool lists_uploads : {true, false}) {
    scripted_.capabilities_.lists_uploads = lists_uploads;
    const UploadId upload = open("file" + std::to_string(lists_uploads));
    put(upload, 0, "aaaaa");
    const int before = scripted_.calls("abort_upload");
    cancel(upload);
    live(26h);
    EXPECT_TRUE(row(upload).debts.settled());
    EXPECT_EQ(uploads_at_store(), 0U);
    EXPECT_LE(scripted_.calls("abort_upload") - before, 3) << "at once, and once more much later; no loop";
  }
}

TEST_F(SettleTest, WhatNoListShowsIsLeftToTheStoresOwnCleanUp) {
  struct Case {
    std::optional<Millis> lifetime;
    Millis owed_for;
  };
  for (const Case& c : {Case{std::nullopt, 8 * 24h}, Case{72h, 96h}, Case{12h, 36h}}) {
    scripted_.capabilities_.lists_uploads = false;
    scripted_.capabilities_.unfinished_lifetime = c.lifetime;
    scripted_.lose_next("create_upload", lost_answer());
    const UploadId upload = open("file" + std::to_string(c.owed_for.count()) + (c.lifetime ? "" : "-"));
    live(2min);  // the sweep creates again
    ASSERT_EQ(row(upload).creates_sent, 2);
    cancel(upload);
    live(c.owed_for - 1h);
    EXPECT_FALSE(row(upload).debts.settled());
    live(2h);
    EXPECT_TRUE(row(upload).debts.settled());
    EXPECT_EQ(scripted_.calls("list_uploads"), 0) << "an empty list would say nothing";
  }
}

}  // namespace
}  // namespace longshore
