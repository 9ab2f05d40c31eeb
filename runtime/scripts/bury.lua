-- Moves one input to the dead letters. KEYS: input stream, stats hash, dead-letter stream. ARGV: group, id, reason, JSON.
-- Returns 1, or 0 when somebody else has dealt with the input already.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('XADD', KEYS[3], '*', 'd', ARGV[4])
  redis.call('XDEL', KEYS[1], ARGV[2])
  redis.call('HINCRBY', KEYS[2], 'in', 1)
  redis.call('HINCRBY', KEYS[2], 'dead:' .. ARGV[3], 1)
  return 1
end
return 0
