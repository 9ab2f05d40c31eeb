-- Adopts ONE entry whose worker died or let go, or buries it when it was delivered too often.
-- One at a time: claiming a batch would raise the delivery count of innocent entries beside one that kills its worker.
-- KEYS: input stream, stats hash, dead-letter stream
-- ARGV: group, consumer, idle milliseconds, cursor, most deliveries, stage, now (ISO 8601)
-- Returns {next cursor}, or {next cursor, id, deliveries, field, value, …}.

-- A dead letter is JSON, which has no place for bytes that are no text: they become U+FFFD, as in runtime/stage.py.
local function is_utf8(text)
  for _, sequence in ipairs({
    '[\194-\223][\128-\191]', '\224[\160-\191][\128-\191]', '[\225-\236\238\239][\128-\191][\128-\191]',
    '\237[\128-\159][\128-\191]', '\240[\144-\191][\128-\191][\128-\191]',
    '[\241-\243][\128-\191][\128-\191][\128-\191]', '\244[\128-\143][\128-\191][\128-\191]',
  }) do text = string.gsub(text, sequence, ' ') end
  return not string.find(text, '[\128-\255]')
end

local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', 1)
local entry = claimed[2][1]
if not entry or not entry[2] then return {claimed[1]} end
local id, fields = entry[1], entry[2]
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)
local deliveries = pending[1] and pending[1][4] or 1
if deliveries > tonumber(ARGV[5]) then
  local payload = ''
  for k = 1, #fields, 2 do if fields[k] == 'd' then payload = fields[k + 1] end end
  if not is_utf8(payload) then payload = string.gsub(payload, '[\128-\255]', '\239\191\189') end
  redis.call('XACK', KEYS[1], ARGV[1], id)
  redis.call('XADD', KEYS[3], '*', 'd', cjson.encode({
    v = 1, stage = ARGV[6], message_id = id, reason = 'too_many_deliveries', deliveries = deliveries,
    detail = 'given to ' .. (deliveries - 1) .. ' workers, and none of them finished it', died_at = ARGV[7], payload = payload}))
  redis.call('XDEL', KEYS[1], id)
  redis.call('HINCRBY', KEYS[2], 'in', 1)
  redis.call('HINCRBY', KEYS[2], 'dead:too_many_deliveries', 1)
  return {claimed[1]}
end
return {claimed[1], id, deliveries, unpack(fields)}
