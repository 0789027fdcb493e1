/** The service, asked over fetch: with the key if there is one, and every refusal as one kind of error. */
import type { Operation } from "./requests";
import type { Asset, Job, JobPage, Manifest, Model, Problem } from "./types";

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
  }
}

/** Whether the same call may succeed later: nobody answered, or the answer says so. */
export function passes(error: unknown): boolean {
  return error instanceof Refusal ? error.problem.retryable : error instanceof TypeError;
}

/** What went wrong, in a sentence for whoever looks at the page. */
export function inWords(error: unknown): string {
  if (error instanceof Refusal) return error.problem.detail;
  if (error instanceof TypeError) return "The service does not answer. Is it running?";
  return error instanceof Error ? error.message : String(error);
}

const JSON_BODY = { "content-type": "application/json" };

export class Service {
  constructor(private readonly key: () => string) {}

  async submit(operation: Operation, fields: Record<string, unknown>, waitS = 0): Promise<Job> {
    const wait: Record<string, string> = waitS ? { prefer: `wait=${waitS}` } : {};
    const headers = { ...JSON_BODY, ...wait, "idempotency-key": freshKey() };
    return this.json(`/v1/${operation}`, { method: "POST", headers, body: JSON.stringify(fields) });
  }

  /** Stores a file; the same bytes again are the same asset. */
  upload(file: Blob, mediaType: string): Promise<Asset> {
    return this.json("/v1/assets", { method: "POST", headers: { "content-type": mediaType }, body: file });
  }

  job(id: string): Promise<Job> {
    return this.json(`/v1/jobs/${encodeURIComponent(id)}`);
  }

  cancel(id: string): Promise<Job> {
    return this.json(`/v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  jobs(query: Record<string, string>): Promise<JobPage> {
    return this.json(`/v1/jobs?${new URLSearchParams(query)}`);
  }

  async models(): Promise<Model[]> {
    return (await this.json<{ models: Model[] }>("/v1/models")).models;
  }

  events(id: string, after: number, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = after ? { "last-event-id": String(after) } : {};
    return this.ask(`/v1/jobs/${encodeURIComponent(id)}/events`, { headers, signal });
  }

  async bytes(digest: string, signal?: AbortSignal): Promise<Blob> {
    return (await this.ask(`/v1/assets/${digest}`, signal ? { signal } : {})).blob();
  }

  manifest(digest: string): Promise<Manifest> {
    return this.json(`/v1/assets/${digest}`);
  }

  async metrics(): Promise<string> {
    return (await this.ask("/metrics")).text();
  }

  /** Part -> what is wrong with it; null when well. Unready is an answer too. */
  async readiness(): Promise<Record<string, string | null>> {
    const answer = await fetch("/readyz");
    return ((await answer.json()) as { parts: Record<string, string | null> }).parts;
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await this.ask(path, init)).json() as Promise<T>;
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const key = this.key();
    const authorization: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
    const headers = { ...(init.headers as Record<string, string>), ...authorization };
    const answer = await fetch(path, { ...init, headers });
    if (!answer.ok) throw new Refusal(answer.status, await problemOf(answer));
    return answer;
  }
}

/** Any text that nobody else makes. `crypto.randomUUID` would do, but plain http from another machine has none. */
function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    return (await answer.json()) as Problem;
  } catch {
    const detail = `The service answered ${answer.status} without a word.`;
    return { code: "unknown", detail, retryable: answer.status >= 500 };
  }
}
