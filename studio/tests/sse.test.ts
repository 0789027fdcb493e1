import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser } from "../src/api/sse";

const STREAM =
  "retry: 1000\n\n:\n\nid: 1\nevent: queued\ndata: {\"a\":\ndata: 1}\n\nevent: progress\ndata: half\n\nid: 2\r\ndata:end\r\n\r\ndata: cut";

function parsed(pieces: string[]) {
  const parser = new SseParser();
  return { parser, messages: pieces.flatMap((piece) => parser.push(piece)) };
}

test("a stream is read in one piece", () => {
  const { parser, messages } = parsed([STREAM]);
  assert.equal(parser.retryMs, 1000);
  assert.deepEqual(messages, [
    { id: "1", event: "queued", data: '{"a":\n1}' },
    { id: "1", event: "progress", data: "half" },
    { id: "2", event: "message", data: "end" },
  ]);
});

test("it is read the same wherever it is cut", () => {
  const whole = parsed([STREAM]).messages;
  for (let at = 1; at < STREAM.length; at++) {
    assert.deepEqual(parsed([STREAM.slice(0, at), STREAM.slice(at)]).messages, whole, `cut at ${at}`);
  }
  assert.deepEqual(parsed([...STREAM]).messages, whole);
});

test("comments and unfinished messages are no messages", () => {
  assert.deepEqual(parsed([":\n\n", "data: begun\n"]).messages, []);
});
