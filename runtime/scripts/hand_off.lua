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
-- Looked at before the first write: a key of the wrong type fails here, where nothing is half done yet.
local lengths = {}
for k = 3, #KEYS do lengths[k - 2] = redis.call('XLEN', KEYS[k]) end
local full, acked = 0, {}
while i <= #ARGV do
  local id, dropped, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if n > 0 and limit > 0 and lengths[1] >= limit then full = 1; break end
  if redis.call('XACK', KEYS[1], group, id) == 1 then
    for k = 0, n - 1 do
      local output = tonumber(ARGV[i + 3 + 2 * k])
      redis.call('XADD', KEYS[2 + output], '*', 'd', ARGV[i + 4 + 2 * k])
      lengths[output] = lengths[output] + 1
      count('out')
    end
    acked[#acked + 1] = id
    count('in')
    if dropped ~= '' then count('dropped:' .. dropped) end
  end
  done = done + 1
  i = i + 3 + 2 * n
end
-- Lua passes at most some 8000 values at once; a batch is 1000 at most (TOCSIN_BATCH_SIZE).
if #acked > 0 then redis.call('XDEL', KEYS[1], unpack(acked)) end
for field, by in pairs(counts) do redis.call('HINCRBY', KEYS[2], field, by) end
return {done, full}
