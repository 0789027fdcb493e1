import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "../src/api/follow";
import type { JobEvent } from "../src/api/types";

const LAST = { seq: 3, kind: "finished", state: "completed", job: {} };

function told(...events: object[]): Response {
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  return new Response(text);
}

/** Follows answers that come one after another; an Error among them is thrown. */
async function followed(answers: (Response | Error)[], passes = true) {
  const seen = { after: [] as number[], seqs: [] as number[], live: [] as boolean[], pauses: [] as number[] };
  await follow({
    open: async (after) => {
      seen.after.push(after);
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onEvent: (event: JobEvent) => seen.seqs.push(event.seq),
    onLive: (live) => seen.live.push(live),
    signal: new AbortController().signal,
    passes: () => passes,
    pause: async (ms) => void seen.pauses.push(ms),
  });
  return seen;
}

test("a stream that breaks goes on after the last event, and nothing is seen twice", async () => {
  const seen = await followed([
    told({ seq: 1, kind: "queued" }, { seq: 2, kind: "started" }),
    told({ seq: 2, kind: "started" }, { seq: 2, kind: "progress", progress: 0.5 }, LAST),
  ]);
  assert.deepEqual(seen.after, [0, 2]);
  assert.deepEqual(seen.seqs, [1, 2, 2, 3]);
  assert.deepEqual(seen.live, [true, false, true]);
});

test("it waits longer and longer for a service that is gone, but never too long", async () => {
  const gone = Array.from({ length: 8 }, () => new TypeError("gone"));
  const { pauses } = await followed([...gone, told(LAST)]);
  assert.equal(pauses.length, 8);
  assert.ok(pauses[0]! < 700 && pauses[3]! > 2_500 && Math.max(...pauses) <= 10_000);
});

test("what will not pass is an error", async () => {
  await assert.rejects(followed([new Error("no such job")], false), /no such job/);
});

test("it stops when it is told to", async () => {
  const stop = new AbortController();
  const open = async () => {
    stop.abort();
    throw new TypeError("gone");
  };
  await follow({ open, onEvent: assert.fail, onLive: () => {}, signal: stop.signal, passes: () => true });
});
