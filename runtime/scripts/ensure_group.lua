-- Creates a consumer group at the beginning of a stream, unless it is there. KEYS: stream. ARGV: group.
-- Returns 1 when it was created, 0 when it was there.
-- XDEL of nothing goes first: being a write that is not deny-oom it lets XGROUP run on a server whose memory is full;
-- otherwise no stage could start there, and nothing would ever drain.
redis.call('XDEL', KEYS[1], '0-1')
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if not made.err then return 1 end
if string.find(made.err, 'BUSYGROUP') then return 0 end
return made
