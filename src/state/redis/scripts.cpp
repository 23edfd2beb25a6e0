#include "state/redis/scripts.h"

#include <string>

#include "state/redis/scripts_common.h"
#include "state/redis/scripts_list.h"
#include "state/redis/scripts_part.h"
#include "state/redis/scripts_session.h"

namespace longshore::redis {
namespace {

Script step(const char* body, Effect effect) { return {std::string(kCommonLua) + body, effect}; }

}  // namespace

const SessionScripts& session_scripts() {
  static const SessionScripts scripts{.create = step(kCreateLua, Effect::each_time),
                                      .begin = step(kBeginLua, Effect::repeats),
                                      .renew = step(kRenewLua, Effect::repeats),
                                      .drop = step(kDropLua, Effect::repeats),
                                      .record = step(kRecordLua, Effect::each_time),
                                      .ledger = step(kLedgerLua, Effect::none),
                                      .summary = step(kSummaryLua, Effect::none),
                                      .merge = step(kMergeLua, Effect::repeats),
                                      .repair = step(kRepairLua, Effect::repeats),
                                      .close = step(kCloseLua, Effect::repeats),
                                      .reopen = step(kReopenLua, Effect::repeats),
                                      .end = step(kEndLua, Effect::repeats)};
  return scripts;
}

}  // namespace longshore::redis
