// What a browser does around `fetch`, and a conversation with the test that started the program.
//
// A page of http://localhost:5173 asks another origin: each request with headers of its own is
// asked for first, and an answer without its permission is not read (Fetch, "CORS protocol").

import readline from "node:readline";

const ORIGIN = "http://localhost:5173";
const SAFELISTED = new Set(["accept", "accept-language", "content-language"]);
const direct = globalThis.fetch;

globalThis.fetch = async (input, init = {}) => {
  const wanted = new Request(input, init);
  const names = [...wanted.headers.keys()].filter((name) => !SAFELISTED.has(name));
  const asked = await direct(wanted.url, {
    method: "OPTIONS",
    headers: {
      origin: ORIGIN,
      "access-control-request-method": wanted.method,
      "access-control-request-headers": names.join(","),
    },
  });
  const allowed = asked.headers.get("access-control-allow-headers") ?? "";
  const missing = names.filter((name) => !allowed.split(", ").includes(name));
  if (!asked.ok || asked.headers.get("access-control-allow-origin") !== ORIGIN || missing.length)
    throw new TypeError(`blocked by CORS: ${missing.join(", ") || asked.status}`);
  const headers = new Headers(wanted.headers);
  headers.set("origin", ORIGIN);
  const answer = await direct(wanted.url, { ...init, method: wanted.method, headers });
  if (answer.headers.get("access-control-allow-origin") !== ORIGIN)
    throw new TypeError("blocked by CORS: the answer may not be read");
  return answer;
};

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// The test's next line, as JSON: first the settings, then what `ask` asked for.
export const next = async () => JSON.parse((await lines.next()).value);

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

// Has the test look something up, such as a code that was sent.
export const ask = async (what, ...details) => {
  say({ ask: what, details });
  return next();
};

export const run = async (steps) => {
  try {
    const done = await steps(await next());
    say({ done });
    process.exit(0);
  } catch (error) {
    say({ failed: `${error?.name}: ${error?.message}` });
    process.exit(1);
  }
};
