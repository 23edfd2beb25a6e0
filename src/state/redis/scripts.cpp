#include "state/redis/scripts.h"

#include <string>

#include "state/redis/scripts_common.h"
#include "state/redis/scripts_list.h"
#include "state/redis/scripts_part.h"
#include "state/redis/scripts_session.h"

namespace longshore::redis {
namespace {

Script step(const char* body) { return Script(std::string(kCommonLua) + body); }

}  // namespace

const SessionScripts& session_scripts() {
  static const SessionScripts scripts{.create = step(kCreateLua),
                                      .begin = step(kBeginLua),
                                      .renew = step(kRenewLua),
                                      .drop = step(kDropLua),
                                      .record = step(kRecordLua),
                                      .ledger = step(kLedgerLua),
                                      .summary = step(kSummaryLua),
                                      .merge = step(kMergeLua),
                                      .repair = step(kRepairLua),
                                      .close = step(kCloseLua),
                                      .reopen = step(kReopenLua),
                                      .end = step(kEndLua)};
  return scripts;
}

}  // namespace longshore::redis
