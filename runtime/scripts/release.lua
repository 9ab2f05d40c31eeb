-- Starts the deliveries of messages anew that this worker holds or held: it handled them, or never began, and lives.
-- So only deaths with a message in hand count against it. KEYS: input stream. ARGV: group, consumer, idle milliseconds to
-- set (above the lease: others may adopt them at once), ids… Returns how many; what others have adopted stays theirs.
local released = 0
for i = 4, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'RETRYCOUNT', 0, 'JUSTID')
    released = released + 1
  end
end
return released
