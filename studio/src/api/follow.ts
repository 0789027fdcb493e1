/** Follows a job's events to their end over fetch, which, unlike EventSource, can send a key. */
import { SseParser } from "./sse";
import type { JobEvent } from "./types";

export interface FollowOptions {
  /** Opens the stream after this event; rejects with what is final, such as a job that does not exist. */
  open: (after: number, signal: AbortSignal) => Promise<Response>;
  onEvent: (event: JobEvent) => void;
  /** Called with false when the stream is lost, and with true when it speaks again. */
  onLive: (live: boolean) => void;
  signal: AbortSignal;
  /** Whether an error of `open` will pass by itself. */
  passes: (error: unknown) => boolean;
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** Resolves after `finished`, or when the signal aborts. */
export async function follow(options: FollowOptions): Promise<void> {
  const pause = options.pause ?? sleep;
  const seen = { seq: 0, finished: false };
  let pauseMs = FIRST_PAUSE_MS;
  while (!options.signal.aborted) {
    const before = seen.seq;
    try {
      const answer = await options.open(seen.seq, options.signal);
      options.onLive(true);
      await read(answer, seen, options.onEvent);
    } catch (error) {
      if (options.signal.aborted) return;
      if (!options.passes(error)) throw error;
    }
    if (seen.finished || options.signal.aborted) return;
    options.onLive(false);
    pauseMs = seen.seq > before ? FIRST_PAUSE_MS : pauseMs;
    await pause(pauseMs * (0.75 + Math.random() / 2), options.signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Reads one connection to its end; `seen` keeps the place from which another goes on. */
async function read(
  answer: Response,
  seen: { seq: number; finished: boolean },
  onEvent: (event: JobEvent) => void,
): Promise<void> {
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseParser();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    for (const message of parser.push(value)) {
      const event = JSON.parse(message.data) as JobEvent;
      if (event.kind !== "progress" && event.seq <= seen.seq) continue;
      seen.seq = Math.max(seen.seq, event.seq);
      onEvent(event);
      if (event.kind === "finished") {
        seen.finished = true;
        await reader.cancel();
        return;
      }
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
