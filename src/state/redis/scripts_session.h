#pragma once

namespace longshore::redis {

/// From a session's making to its end, and the looks at it.

inline constexpr const char* kCreateLua = R"lua(
local session, ended = find_session()
if session or ended then return 0 end
call('DEL', state, parts, attempts, gone, short)
local fields = {'bytes', '0', 'closed_by', ARGV[2], 'last_activity', digits(now), 'listed_at', '0'}
for i = 3, #ARGV do fields[#fields + 1] = ARGV[i] end
call('HSET', state, unpack(fields))
call('PEXPIRE', state, ARGV[1])
return 1
)lua";

inline constexpr const char* kLedgerLua = R"lua(
if not find_session() then return {} end
return ledger()
)lua";

inline constexpr const char* kSummaryLua = R"lua(
local session = find_session()
if not session then return {} end
return summarize(session)
)lua";

inline constexpr const char* kCloseLua = R"lua(
local session = find_session()
if not session then return {} end
if session.closed_by < ARGV[1] then call('HSET', state, 'closed_by', ARGV[1]) end
return ledger()
)lua";

inline constexpr const char* kReopenLua = R"lua(
local session = find_session()
if session and session.closed_by == ARGV[1] then call('HSET', state, 'closed_by', '') end
return 1
)lua";

inline constexpr const char* kEndLua = R"lua(
call('DEL', state, parts, attempts, gone, short)
call('HSET', state, 'ended', digits(now + ARGV[1]))
call('PEXPIRE', state, ARGV[1])
return 1
)lua";

}  // namespace longshore::redis
