-- Ends a batch of tagged articles in one atomic step: acknowledge, remember, ring, archive, delete, count.
-- Nothing happens when what was decided on is no longer so: another worker wrote (the version differs), or has dealt with
-- one of the deciding inputs already. XACK is the first write: it is the once-only guard, and it may run on a full server.
-- KEYS  1 input stream  2 stats (hash)  3 alerts  4 archive  5 canary  6 version  7 sequence  8 leaders  9 ledger (hash)
--       10… records that are written
-- ARGV  1 group  2 version that was read ('' when nothing is written)  3 most entries of the archive  4 its oldest time (ms)
--       5 oldest time of leaders (ms)  6 time of the decision (ms)  7 '1' when inputs end in the order of the stream
--       then a count n and n times: record, milliseconds to keep it     (the records of KEYS 10…)
--       then a count n and n times: leader
--       then a count n and n times: ledger field (rule:state), increment
--       then a count n and n times: cost field (rule:candidates or rule:cost_us), increment
--       then for each input: id, '1' when it was decided ('0' when no rule held), reason it was dropped or '', archive
--       entry or '', number of events n, and n times: '3' (alerts) or '5' (canary), JSON up to the sequence, JSON behind it
-- Returns {'done', inputs ended, alerts written}, {'conflict'}, {'gone', ids…}, or {'early', how many of the first inputs
-- have no older one before them}.
local group, at = ARGV[1], 8
local function take() at = at + 1; return ARGV[at - 1] end
local function list(width)
  local n, found = tonumber(take()), {}
  for i = 1, n do
    found[i] = {}
    for k = 1, width do found[i][k] = take() end
  end
  return found
end

local records, leaders, ledger, costs, inputs = list(2), list(1), list(2), list(2), {}
while at <= #ARGV do
  local input = {id = take(), is_decided = take() == '1', dropped = take(), archive = take()}
  input.events = list(3)
  inputs[#inputs + 1] = input
end

local in_order = ARGV[7] == '1'
if ARGV[2] ~= '' and (redis.call('GET', KEYS[6]) or '0') ~= ARGV[2] then return {'conflict'} end
if ARGV[2] ~= '' or in_order then
  local gone = {'gone'}
  for _, input in ipairs(inputs) do
    if (input.is_decided or in_order) and #redis.call('XPENDING', KEYS[1], group, input.id, input.id, 1) == 0 then
      gone[#gone + 1] = input.id
    end
  end
  if #gone > 1 then return gone end
end
if in_order and #inputs > 0 then
  -- What is not ended is pending, or younger than all that is.
  local oldest, n = redis.call('XPENDING', KEYS[1], group, '-', '+', #inputs), 0
  while oldest[n + 1] and oldest[n + 1][1] == inputs[n + 1].id do n = n + 1 end
  if n < #inputs then return {'early', n} end
end

local counts, ended, rang = {}, 0, 0
local function count(field, by) counts[field] = (counts[field] or 0) + by end
for _, input in ipairs(inputs) do
  if redis.call('XACK', KEYS[1], group, input.id) == 1 then
    for _, event in ipairs(input.events) do
      local sequence = string.format('%020d', redis.call('INCR', KEYS[7]))
      redis.call('XADD', KEYS[tonumber(event[1])], '*', 'd', event[2] .. sequence .. event[3])
      if event[1] == '3' then rang = rang + 1 end
    end
    if input.archive ~= '' then
      redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'd', input.archive, 'at', ARGV[6])
    end
    redis.call('XDEL', KEYS[1], input.id)
    ended = ended + 1
    if input.dropped ~= '' then count('dropped:' .. input.dropped, 1)
    elseif not input.is_decided then count('out', 1) end  -- a candidate that was forwarded to home
  end
end
for i, record in ipairs(records) do redis.call('SET', KEYS[9 + i], record[1], 'PX', record[2]) end
for _, leader in ipairs(leaders) do redis.call('XADD', KEYS[8], 'MINID', '~', ARGV[5], '*', 'd', leader[1]) end
for _, entry in ipairs(ledger) do
  redis.call('HINCRBY', KEYS[9], entry[1], entry[2])
  redis.call('HSET', KEYS[9], string.match(entry[1], '^(.*):') .. ':last_ms', ARGV[6])
  count('ledger:' .. string.match(entry[1], '[^:]+$'), tonumber(entry[2]))
end
if ended > 0 then
  for _, cost in ipairs(costs) do redis.call('HINCRBY', KEYS[9], cost[1], cost[2]) end
end
if ARGV[2] ~= '' then redis.call('INCR', KEYS[6]) end
if ended > 0 then redis.call('XTRIM', KEYS[4], 'MINID', '~', ARGV[4]) end
count('in', ended)
count('out', rang)
for field, by in pairs(counts) do if by ~= 0 then redis.call('HINCRBY', KEYS[2], field, by) end end
return {'done', ended, rang}
