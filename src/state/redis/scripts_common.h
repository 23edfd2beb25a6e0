#pragma once

namespace longshore::redis {

/// What every script begins with. Chunks, sizes and checksums are numbers in decimal; a checksum that is not
/// known is "-".
inline constexpr const char* kCommonLua = R"lua(
local state, parts, attempts, gone, short = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = redis.call
local clock = call('TIME')
call('HDEL', state, '')  -- changes nothing, and is refused by a replica: what a master knew once is no answer
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function digits(number) return string.format('%.0f', number) end

-- The fields of the session; nil where there is none. Second: a tombstone is there instead.
local function find_session()
  local flat, fields = call('HGETALL', state), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  if fields.drive then return fields, false end
  return nil, fields.ended ~= nil and tonumber(fields.ended) > now
end

local function is_short(session, size)
  return size < tonumber(session.chunk_size or session.part_bytes_min)
end

-- A key that was made just now goes when its session goes.
local function expire_with_session(key)
  if call('PTTL', key) ~= -1 then return end
  local left = call('PTTL', state)
  if left >= 0 then call('PEXPIRE', key, digits(math.max(left, 1))) end
end

-- A receipt is "SIZE CRC32C ETAG"; an attempt "UNTIL SIZE LAST ID".
local function size_of_receipt(receipt) return tonumber(string.match(receipt, '^(%d+) ')) end
local function read_attempt(text)
  local until_, size, last, id = string.match(text, '^(%d+) (%d+) ([01]) (.*)$')
  return {until_ = tonumber(until_), size = tonumber(size), last = last == '1', id = id}
end

-- What the totals lose when this chunk has no receipt any more.
local function withdraw(chunk)
  local old = call('HGET', parts, chunk)
  if not old then return end
  call('HDEL', parts, chunk)
  call('ZREM', short, chunk)
  local size = size_of_receipt(old)
  if size > 0 then call('HINCRBY', state, 'bytes', digits(-size)) end  -- there is no -0
end

local function put_receipt(session, chunk, size, crc32c, etag)
  withdraw(chunk)
  call('HSET', parts, chunk, size .. ' ' .. crc32c .. ' ' .. etag)
  call('HINCRBY', state, 'bytes', size)
  call('HDEL', attempts, chunk)
  call('HDEL', gone, chunk)
  expire_with_session(parts)
  if is_short(session, tonumber(size)) then
    call('ZADD', short, chunk, chunk)
    expire_with_session(short)
  end
end

local function put_attempt(chunk, lifetime, size, last, id)
  call('HSET', attempts, chunk, digits(now + lifetime) .. ' ' .. size .. ' ' .. last .. ' ' .. id)
  expire_with_session(attempts)
end

-- The chunk has neither, from that moment on: a list that was asked for before does not fill it.
local function vacate(chunk, since)
  call('HDEL', attempts, chunk)
  call('HSET', gone, chunk, digits(since))
  expire_with_session(gone)
end

-- The attempt at that chunk, if it is this one and alive.
local function find_attempt(chunk, id)
  local text = call('HGET', attempts, chunk)
  local found = text and read_attempt(text)
  if found and found.id == id and found.until_ > now then return found end
end

-- Live attempts by chunk, and their number.
local function live_attempts()
  local flat, live, count = call('HGETALL', attempts), {}, 0
  for i = 1, #flat, 2 do
    local attempt = read_attempt(flat[i + 1])
    if attempt.until_ > now then
      live[tonumber(flat[i])] = attempt
      count = count + 1
    end
  end
  return live, count
end

-- Keeps the attempts as few as may be in flight.
local function vacate_run_out()
  local flat = call('HGETALL', attempts)
  for i = 1, #flat, 2 do
    local since = read_attempt(flat[i + 1]).until_
    if since <= now then vacate(flat[i], since) end
  end
end

-- received, bytes, attempts running, last, whole, milliseconds since bytes last came. Walks the chunks only where all may be there.
local function summarize(session)
  local received, last = call('HLEN', parts), tonumber(session.last)
  local _, running = live_attempts()
  local whole = 0
  if last and running == 0 and received > last then
    local up_to_last = 0
    for _, chunk in ipairs(call('HKEYS', parts)) do
      if tonumber(chunk) <= last then up_to_last = up_to_last + 1 end
    end
    if up_to_last == last + 1 then whole = 1 end
  end
  local totals = call('HMGET', state, 'bytes', 'last_activity')
  local idle = running > 0 and 0 or math.max(now - tonumber(totals[2]), 0)
  return {received, tonumber(totals[1]), running > 0 and 1 or 0, last or -1, whole, idle}
end

local function ledger()
  return {digits(now), call('HGETALL', state), call('HGETALL', parts), call('HGETALL', attempts),
          call('HGETALL', gone)}
end
)lua";

}  // namespace longshore::redis
