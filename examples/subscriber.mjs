// Follows Tocsin's alerts from Node (18 or newer, nothing to install), and misses nothing:
// the position of the last alert is kept in a file and sent back when the connection ends, however it ended.
//
//   node examples/subscriber.mjs http://127.0.0.1:8787 node.position [how many]

import fs from "node:fs";

const [base, file, count = "Infinity"] = process.argv.slice(2);
const headers = process.env.TOCSIN_TOKEN ? { authorization: `Bearer ${process.env.TOCSIN_TOKEN}` } : {};
let left = Number(count);

function take(frame) {
  let id = "", event = "message", data = "";
  for (const line of frame.split("\n")) {
    if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (!data) return; // a heartbeat
  if (event === "gap") { console.error("alerts were trimmed:", data); return; }
  const { data: alert } = JSON.parse(data);
  console.log(alert.id, alert.rule.id, JSON.stringify(alert.article.title));
  fs.writeFileSync(file, id); // after the work is done: a crash in between shows the alert again, never drops it
  left -= 1;
}

while (left > 0) {
  try {
    const position = fs.existsSync(file) ? { "last-event-id": fs.readFileSync(file, "utf8") } : {};
    const response = await fetch(`${base}/v1/alerts/stream?from=0`, { headers: { ...headers, ...position } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    let rest = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + part).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) if (left > 0) take(frame);
      if (left <= 0) break;
    }
  } catch (error) {
    console.error("will come back:", error.message);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
process.exit(0);
