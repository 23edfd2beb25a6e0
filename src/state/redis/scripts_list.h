#pragma once

namespace longshore::redis {

/// What ListParts says, brought into the ledger.

inline constexpr const char* kMergeLua = R"lua(
local asked_at, is_last_piece = tonumber(ARGV[1]), ARGV[2] == '1'
local session = find_session()
if not session then return 0 end
local taken = {}  -- chunks that this list must not fill
for _, chunk in ipairs(call('HKEYS', parts)) do taken[chunk] = true end
local flat = call('HGETALL', attempts)
for i = 1, #flat, 2 do taken[flat[i]] = read_attempt(flat[i + 1]).until_ >= asked_at end
flat = call('HGETALL', gone)
for i = 1, #flat, 2 do taken[flat[i]] = tonumber(flat[i + 1]) >= asked_at end
for i = 3, #ARGV, 4 do
  if not taken[ARGV[i]] then put_receipt(session, ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]) end
end
if is_last_piece and asked_at > tonumber(session.listed_at) then call('HSET', state, 'listed_at', ARGV[1]) end
return 1
)lua";

inline constexpr const char* kRepairLua = R"lua(
if not find_session() then return 0 end
for i = 1, #ARGV, 4 do
  local chunk, contradicted, is_listed, listed = ARGV[i], ARGV[i + 1], ARGV[i + 2] == '1', ARGV[i + 3]
  local receipt = call('HGET', parts, chunk)
  local size, crc32c, etag = string.match(receipt or '', '^(%d+) (%S+) (.*)$')
  if size and etag == contradicted then
    if is_listed then
      call('HSET', parts, chunk, size .. ' ' .. crc32c .. ' ' .. listed)
    else
      withdraw(chunk)
      vacate(chunk, now)
    end
  end
end
return 1
)lua";

}  // namespace longshore::redis
