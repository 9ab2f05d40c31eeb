// Follows alerts: Server-Sent Events over fetch, because EventSource cannot send a token.
// Comes back by itself with the last position it has seen, so nothing is missed and nothing comes twice.

import { askForToken, headers } from "/page/api.js";

const LONGEST_WAIT = 15000;
const SILENCE = 45000; // three heartbeats; a dead connection says nothing

export function follow(parameters, { from, onAlert, onGap, onState }) {
  let position = from;
  let wait = 500;
  let stopped = false;
  let abort = new AbortController();

  async function connect() {
    const query = new URLSearchParams(parameters);
    query.set("from", position);
    abort = new AbortController();
    const response = await fetch(`/v1/alerts/stream?${query}`, { headers: headers(), signal: abort.signal, cache: "no-store" });
    if (response.status === 401) return askForToken();
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    onState("on");
    wait = 500;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let silence = null;
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE);
        const { value, done } = await reader.read();
        if (done) return undefined;
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        parts.forEach(take);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  function take(part) {
    let event = "message", id = null, data = "";
    for (const line of part.split("\n")) {
      if (line.startsWith("event: ")) event = line.slice(7);
      else if (line.startsWith("id: ")) id = line.slice(4);
      else if (line.startsWith("data: ")) data += line.slice(6);
    }
    if (id) position = id;
    if (!data) return;
    if (event === "gap") onGap(JSON.parse(data));
    else onAlert(JSON.parse(data), id);
  }

  (async () => {
    while (!stopped) {
      try { await connect(); } catch { /* told by the state */ }
      if (stopped) return;
      onState("off");
      await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  })();

  return () => { stopped = true; abort.abort(); };
}
