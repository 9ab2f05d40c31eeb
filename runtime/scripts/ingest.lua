-- The ingest edge: remember an identity, keep the stream bounded, add the page; all or nothing for each page.
-- KEYS  1 stream of pages   2 identities already taken (sorted set, score = until when, ms)   3 stats of produce (hash)
-- ARGV  1 most entries the stream may hold   2 ms an identity is remembered   3 most identities remembered
--       then for each page: identity, payload
-- Returns one number for each page: 1 accepted, 0 duplicate, -1 full (not looked at: offer it again).
local most_waiting = tonumber(ARGV[1])
local remember_ms = tonumber(ARGV[2])
local most_remembered = tonumber(ARGV[3])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local room = most_waiting - redis.call('XLEN', KEYS[1])
local outcomes = {}
local accepted, duplicate = 0, 0
for i = 4, #ARGV, 2 do
  local until_ms = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[i]) or 0)
  if until_ms > now_ms then
    -- Written again also for a duplicate: it stays remembered while it keeps coming, and WAITAOF behind
    -- this write then covers the first one, which another producer may have sent and not waited for.
    redis.call('ZADD', KEYS[2], math.max(until_ms, now_ms + remember_ms), ARGV[i])
    duplicate = duplicate + 1
    outcomes[#outcomes + 1] = 0
  elseif accepted >= room then
    outcomes[#outcomes + 1] = -1
  else
    redis.call('XADD', KEYS[1], '*', 'd', ARGV[i + 1])
    redis.call('ZADD', KEYS[2], now_ms + remember_ms, ARGV[i])
    accepted = accepted + 1
    outcomes[#outcomes + 1] = 1
  end
end

if accepted + duplicate > 0 then
  redis.call('HINCRBY', KEYS[3], 'in', accepted + duplicate)
end
if accepted > 0 then
  redis.call('HINCRBY', KEYS[3], 'out', accepted)
  -- Forgetting comes last: as the first write it would lift the server's own refusal to grow when it is out of memory.
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now_ms)
  local too_many = redis.call('ZCARD', KEYS[2]) - most_remembered
  if too_many > 0 then
    redis.call('ZREMRANGEBYRANK', KEYS[2], 0, too_many - 1)
  end
end
if duplicate > 0 then
  redis.call('HINCRBY', KEYS[3], 'dropped:duplicate', duplicate)
end
return outcomes
