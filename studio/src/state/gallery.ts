/** The history: read once, page by page as it is looked through, then fed by what this tab makes. */
import { signal } from "@preact/signals";
import { titleOf } from "../api/requests";
import type { Service } from "../api/service";
import type { Job } from "../api/types";

const PAGE = 60;

export class Gallery {
  /** The newest first; one thing in several formats is there once. */
  readonly jobs = signal<Job[]>([]);
  readonly loaded = signal(false);
  /** Digest -> what an uploaded file was called. */
  private readonly names = new Map<string, string>();
  private next: string | null = null;
  private reading: Promise<void> | null = null;

  constructor(private readonly service: Service) {}

  /** Reads the first page, or the one after what is there; does nothing at the end. */
  more(): Promise<void> {
    if (this.loaded.value && !this.next) return Promise.resolve();
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  /** Adds a job, or puts what is now known of it in the place of what was. */
  put(job: Job): void {
    const at = this.jobs.value.findIndex((known) => known.job_id === job.job_id);
    if (at < 0) this.jobs.value = distinct([job, ...this.jobs.value]);
    else this.jobs.value = this.jobs.value.map((known, index) => (index === at ? job : known));
  }

  /** Remembers what an asset was called when it was uploaded. */
  call(digest: string, name: string): void {
    this.names.set(digest, name);
  }

  /** What a job's thing is called; that of a film may be known from the job that made it. */
  titleOf(job: Job): string {
    const digest = job.operation === "3d-to-video" ? job.request.asset : null;
    if (!digest) return titleOf(job);
    const maker = this.jobs.value.find((known) => known.operation !== "3d-to-video" && has(known, digest));
    return maker ? titleOf(maker) : (this.names.get(digest) ?? titleOf(job));
  }

  private async read(): Promise<void> {
    const after: Record<string, string> = this.next ? { after: this.next } : {};
    const page = await this.service.jobs({ limit: String(PAGE), ...after });
    this.next = page.next;
    this.jobs.value = distinct([...this.jobs.value, ...page.jobs]);
    this.loaded.value = true;
  }
}

function has(job: Job, digest: string): boolean {
  return Object.values(job.result?.assets ?? {}).some((asset) => asset.digest === digest);
}

/** Without jobs that differ from an earlier one in the format alone. */
export function distinct(jobs: Job[]): Job[] {
  const seen = new Set<string>();
  return jobs.filter((job) => {
    const key = job.status === "completed" ? thing(job) : job.job_id;
    return !seen.has(key) && !seen.has(job.job_id) && seen.add(key).add(job.job_id);
  });
}

/** All that was asked but for what changes no shape and no colour. */
function thing({ request }: Job): string {
  const asked: Record<string, unknown> = { ...request };
  for (const name of ["format", "formats", "compression", "priority", "deadline_s", "webhook_url"]) delete asked[name];
  return JSON.stringify(asked);
}
