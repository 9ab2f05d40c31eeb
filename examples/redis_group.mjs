// Reads the alert log from Node (18 or newer, nothing to install) with a consumer group of its own. With the `redis`
// package the same commands are redis.xGroupCreate, xAutoClaim, xReadGroup and xAck.
//
//   node examples/redis_group.mjs redis://127.0.0.1:6379/0 my-group [how many] [key]

import net from "node:net";

const [url, group, count = "Infinity", key = "tocsin:{p0}:alerts"] = process.argv.slice(2);
const server = new URL(url), socket = net.connect(Number(server.port || 6379), server.hostname);
let rest = Buffer.alloc(0);
const waiting = [];

function reply(at) { // one reply of the protocol at a place: [value, where it ends], or undefined when it is not all there
  const end = rest.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const kind = rest.toString("latin1", at, at + 1), text = rest.toString("utf8", at + 1, end), size = Number(text);
  if (kind === "+" || kind === ":") return [text, end + 2];
  if (kind === "-") return [new Error(text), end + 2];
  if (size < 0) return [null, end + 2];
  if (kind === "$") return rest.length < end + 4 + size ? undefined : [rest.toString("utf8", end + 2, end + 2 + size), end + 4 + size];
  const values = [];
  for (let next = end + 2; ; ) {
    if (values.length === size) return [values, next];
    const one = reply(next);
    if (!one) return undefined;
    values.push(one[0]);
    next = one[1];
  }
}

socket.on("data", (data) => {
  rest = Buffer.concat([rest, data]);
  for (let one = reply(0); one; one = reply(0)) {
    rest = rest.subarray(one[1]);
    const { resolve, reject } = waiting.shift();
    (one[0] instanceof Error ? reject : resolve)(one[0]);
  }
});
socket.on("close", () => process.exit(waiting.length ? 1 : 0));

const redis = (...words) => new Promise((resolve, reject) => {
  waiting.push({ resolve, reject });
  socket.write(`*${words.length}\r\n` + words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join(""));
});

if (server.password) await redis("AUTH", decodeURIComponent(server.username || "default"), decodeURIComponent(server.password));
// docs: from here on
await redis("XGROUP", "CREATE", key, group, "0", "MKSTREAM").catch((error) => { if (!/BUSYGROUP/.test(error)) throw error; });
for (let done = 0; done < Number(count); ) {
  let [, entries] = await redis("XAUTOCLAIM", key, group, "one", "60000", "0", "COUNT", "10"); // of a reader that died
  if (!entries.length) {
    const found = await redis("XREADGROUP", "GROUP", group, "one", "COUNT", "10", "BLOCK", "5000", "STREAMS", key, ">");
    entries = found ? found[0][1] : [];
  }
  for (const [id, [, json]] of entries) {
    const event = JSON.parse(json);
    console.log(event.id, event.type);
    await redis("XACK", key, group, id); // after the work is done; never XDEL: others read the log too
    done += 1;
  }
}
// docs: up to here
socket.end();
