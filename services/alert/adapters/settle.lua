-- Moves candidates from where they settle to where they are decided, in the order given, while there is room.
-- KEYS: settling, candidates. ARGV: most entries candidates may hold, ids of entries… Returns {moved, ids looked at}:
-- another worker may have moved an entry already. XDEL goes first: it may run on a full server, and lets XADD run.
local room, moved, seen = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[2]), 0, 0
for i = 2, #ARGV do
  if room <= 0 then break end
  local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
  if entry then
    redis.call('XDEL', KEYS[1], ARGV[i])
    redis.call('XADD', KEYS[2], '*', unpack(entry[2]))
    moved, room = moved + 1, room - 1
  end
  seen = seen + 1
end
return {moved, seen}
