-- Hands a batch on: acknowledge input -> write 0..n outputs -> delete input, all or nothing, for each input in turn.
-- XACK goes first: it is the once-only guard (another worker may have claimed and finished the entry), and, not being
-- deny-oom, it lets the script run on a full server, so that a full pipeline drains.
-- KEYS: input stream, stats hash, output streams…
-- ARGV: group, limit of the first output stream (0: none), then for each input:
--       id, reason it was dropped ('' when it was not), number of outputs n, then n times: output stream (1..), JSON
-- Returns {inputs dealt with, 1 when the first output stream is full}.
local group, limit, i, done = ARGV[1], tonumber(ARGV[2]), 3, 0
local counts = {}
local function count(field) counts[field] = (counts[field] or 0) + 1 end
local full = 0
while i <= #ARGV do
  local id, dropped, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if n > 0 and limit > 0 and redis.call('XLEN', KEYS[3]) >= limit then full = 1; break end
  if redis.call('XACK', KEYS[1], group, id) == 1 then
    for k = 0, n - 1 do
      redis.call('XADD', KEYS[2 + tonumber(ARGV[i + 3 + 2 * k])], '*', 'd', ARGV[i + 4 + 2 * k])
      count('out')
    end
    redis.call('XDEL', KEYS[1], id)
    count('in')
    if dropped ~= '' then count('dropped:' .. dropped) end
  end
  done = done + 1
  i = i + 3 + 2 * n
end
for field, by in pairs(counts) do redis.call('HINCRBY', KEYS[2], field, by) end
return {done, full}
