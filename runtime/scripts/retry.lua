-- Puts one dead letter back into the stream it came from, or drops it. KEYS: dead-letter stream, input stream, stats hash.
-- ARGV: id of the dead letter, JSON to put back ('' to drop), reason it had. Returns 1, or 0 when it is gone already.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[2], '*', 'd', ARGV[2])
  redis.call('HINCRBY', KEYS[3], 'retried:' .. ARGV[3], 1)
else
  redis.call('HINCRBY', KEYS[3], 'discarded:' .. ARGV[3], 1)
end
return 1
