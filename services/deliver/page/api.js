// Talks to the API: JSON in and out, problems as errors, and the token this tab was given.

let token = sessionStorage.getItem("tocsin-token") || "";
let asking = null;

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.status = status;
    this.errors = body.errors || [];
  }
}

export function headers(more = {}) {
  return token ? { authorization: `Bearer ${token}`, ...more } : more;
}

export function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("token");
    const input = document.getElementById("token-input");
    input.value = "";
    dialog.addEventListener("close", () => {
      token = input.value.trim();
      sessionStorage.setItem("tocsin-token", token);
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

async function request(method, path, body, more) {
  const sent = { method, headers: headers({ accept: "application/json", ...more }) };
  if (body !== undefined) {
    sent.body = JSON.stringify(body);
    sent.headers["content-type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, sent);
  } catch {
    throw new Problem(0, { detail: "the server cannot be reached; is it still running?" });
  }
  if (response.status === 401) {
    await askForToken();
    return request(method, path, body, more);
  }
  const text = await response.text();
  let found = {};
  try { found = text ? JSON.parse(text) : {}; } catch { found = { detail: text.slice(0, 300) }; }
  if (!response.ok) throw new Problem(response.status, found);
  return found;
}

export const get = (path, parameters) => {
  const query = new URLSearchParams(Object.entries(parameters || {}).filter(([, value]) => value !== "" && value !== undefined && value !== null));
  return request("GET", query.size ? `${path}?${query}` : path);
};
export const post = (path, body, more) => request("POST", path, body, more);
export const put = (path, body, more) => request("PUT", path, body, more);
export const remove = (path, more) => request("DELETE", path, undefined, more);
