#pragma once

namespace longshore::redis {

/// The two steps of a part, and the care for an attempt.

// The rules are those of decide_begin (domain/ledger.h), which says why a part is refused: out of the facts
// that this script hands back whatever it decides. A test compares the two on random ledgers.
inline constexpr const char* kBeginLua = R"lua(
local chunk, size, crc32c, last = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local id, lifetime = ARGV[5], tonumber(ARGV[6])

local session, ended = find_session()
if not session then return {ended and 'ended' or 'absent'} end
if session.closed_by ~= '' then return {'closed', session.closed_by} end

local last_known = tonumber(session.last)
local closing = last or is_short(session, size)
local receipt = call('HGET', parts, ARGV[1])
local live, live_count = live_attempts()
local here = live[chunk]

local claim, highest = -1, -1
for other, attempt in pairs(live) do
  if other ~= chunk then
    highest = math.max(highest, other)
    if attempt.last or is_short(session, attempt.size) or other == last_known then claim = math.max(claim, other) end
  end
end
for _, other in ipairs(call('ZREVRANGE', short, 0, 1)) do
  if tonumber(other) ~= chunk then claim = math.max(claim, tonumber(other)) end
end
if last_known and last_known ~= chunk and call('HEXISTS', parts, session.last) == 1 then
  claim = math.max(claim, last_known)
end
if closing then  -- nobody else is asked where the others end
  for _, other in ipairs(call('HKEYS', parts)) do
    if tonumber(other) ~= chunk then highest = math.max(highest, tonumber(other)) end
  end
end
local elsewhere = live_count - (here and 1 or 0)

local function fits()
  local most, expected = tonumber(session.chunk_size or session.part_bytes_max), tonumber(session.expected_size)
  if chunk < 0 or chunk >= tonumber(session.parts_max) or size <= 0 or size > most then return false end
  if not expected then return true end
  if size > expected then return false end
  return not session.chunk_size or chunk == 0 or chunk <= math.floor((expected - 1) / session.chunk_size)
end
local function is_in_order()
  if last_known and chunk > last_known and not last then return false end
  if closing and ((last_known and last_known ~= chunk) or claim >= 0 or highest > chunk) then return false end
  return claim < 0 or claim >= chunk
end
local function is_there()
  if not receipt or crc32c == '-' or (last and last_known ~= chunk) then return false end
  local there_size, there_crc32c = string.match(receipt, '^(%d+) (%S+) ')
  return tonumber(there_size) == size and there_crc32c == crc32c
end

local begun = fits() and not (here and here.id ~= id) and is_in_order() and not is_there() and
              elsewhere < tonumber(session.parts_in_flight_max)
local facts = {begun and 'begun' or 'facts', digits(now), call('HGETALL', state), receipt or '',
               here and call('HGET', attempts, ARGV[1]) or '', claim, highest, elsewhere, summarize(session)}
if begun then
  withdraw(ARGV[1])
  call('HDEL', gone, ARGV[1])
  put_attempt(ARGV[1], lifetime, ARGV[2], ARGV[4], id)
  call('HSET', state, 'last_activity', digits(now))
  vacate_run_out()
end
return facts
)lua";

inline constexpr const char* kRenewLua = R"lua(
local chunk, id, lifetime = ARGV[1], ARGV[2], tonumber(ARGV[3])
local attempt = find_session() and find_attempt(chunk, id)
if not attempt then return 0 end
put_attempt(chunk, lifetime, digits(attempt.size), attempt.last and '1' or '0', id)
call('HSET', state, 'last_activity', digits(now))
return 1
)lua";

inline constexpr const char* kDropLua = R"lua(
local chunk, id = ARGV[1], ARGV[2]
if find_session() and find_attempt(chunk, id) then vacate(chunk, now) end
return 1
)lua";

inline constexpr const char* kRecordLua = R"lua(
local chunk, id, size, crc32c, etag = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local session = find_session()
if not session then return {'absent'} end
local attempt = find_attempt(chunk, id)
if not attempt then return {'stale'} end
if attempt.last then
  session.last = chunk
  call('HSET', state, 'last', chunk)
end
put_receipt(session, chunk, size, crc32c, etag)
call('HSET', state, 'last_activity', digits(now))
return {'recorded', summarize(session)}
)lua";

}  // namespace longshore::redis
