// A whole upload by Node's fetch, four parts at a time, each repeated until it is taken.   node node_client.mjs URL FILE
// Prints the node's id.
import { open, stat } from "node:fs/promises";

const [server, file] = process.argv.slice(2);
const { size } = await stat(file);
const chunk = 1_000_000;
const count = Math.ceil(size / chunk);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A broken connection, "busy" and "come back later" are no answers: every call may be repeated.
async function call(method, path, body, type) {
  for (let attempt = 1; ; ++attempt) {
    let wait = 100 * attempt;
    try {
      const answer = await fetch(server + path, { method, body, headers: { "Content-Type": type } });
      if (answer.ok) return await answer.json();
      const text = await answer.text();
      if (answer.status < 500 && answer.status !== 429 && answer.status !== 409) throw new Error(`refused: ${text}`);
      wait = 1000 * (answer.headers.get("Retry-After") ?? wait / 1000);
    } catch (error) {
      if (attempt === 30 || error.message.startsWith("refused")) throw error;
    }
    await sleep(wait);
  }
}

const json = (path, fields) => call("POST", path, JSON.stringify(fields), "application/json");
const begun = await json("/v1/uploads", {
  connectorId: "node", name: "file.bin", idempotencyKey: `node-${process.pid}-${Date.now()}`, expectedSize: size, chunkSize: chunk,
});
const source = await open(file);
let next = 0;
const worker = async () => {
  while (next < count) {
    const number = next++;
    const part = Buffer.alloc(Math.min(chunk, size - number * chunk));
    await source.read(part, 0, part.length, number * chunk);
    await call("PUT", `/v1/uploads/${begun.uploadId}/parts/${number}`, part, "application/octet-stream");
  }
};
await Promise.all([worker(), worker(), worker(), worker()]);
await source.close();
while ((await json(`/v1/uploads/${begun.uploadId}/complete`, { totalChunks: count })).state !== "COMPLETED") await sleep(200);
console.log(begun.nodeId);
