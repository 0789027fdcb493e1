/** What the page does: makes, follows, opens, cancels and downloads. Components read its signals. */
import { signal } from "@preact/signals";
import { follow } from "../api/follow";
import { inWords, passes, Refusal, Service } from "../api/service";
import { type Asset, type Format, hasEnded, type Job, type Manifest, type Model } from "../api/types";
import { extOf } from "../viewer/kinds";
import { Gallery } from "./gallery";
import { apiKey } from "./session";
import { headlineOf } from "./story";
import { advance, begin, type Work } from "./work";

export type Drawer = "" | "story" | "service" | "things" | "help";

/** A file that the stage is to show. */
export interface Shown {
  bytes: ArrayBuffer;
  ext: string;
  name: string;
  kind: "preview" | "asset" | "file";
}

export interface Wish {
  prompt: string;
  quality: string;
  format: string;
  seed: string;
}

const FILE_WAIT_S = 60;

export class Studio {
  readonly service = new Service(() => apiKey.value);
  readonly gallery = new Gallery(this.service);
  readonly wish = signal<Wish>({ prompt: "", quality: "medium", format: "glb", seed: "" });
  readonly work = signal<Work | null>(null);
  readonly shown = signal<Shown | null>(null);
  readonly manifest = signal<Manifest | null>(null);
  readonly models = signal<Model[]>([]);
  readonly live = signal(true);
  /** What went wrong, in words; and what is good to know. */
  readonly trouble = signal("");
  readonly note = signal("");
  readonly keyWanted = signal(false);
  readonly drawer = signal<Drawer>("");
  private following = new AbortController();

  /** Reads what the page needs once, and the job that the address names. */
  async start(): Promise<void> {
    const named = jobInAddress();
    await this.attempt(async () => {
      const [models] = await Promise.all([this.service.models(), this.gallery.more()]);
      this.models.value = models;
      if (named) await this.open(named);
      const newest = this.gallery.jobs.value[0];
      const untouched = !this.work.value && !this.shown.value; // who is quicker than this has something already
      if (!named && untouched && newest?.status === "completed") await this.show(newest);
    });
  }

  /** Submits the wish, or the same again with what is given. */
  async make(change: Partial<Wish> = {}): Promise<void> {
    const wish = { ...this.wish.value, ...change };
    if (!wish.prompt.trim()) return;
    const seed = wish.seed.trim() === "" ? -1 : Number(wish.seed);
    const { prompt, quality, format } = wish;
    await this.attempt(async () => {
      const job = await this.service.submit({ prompt, quality, format, seed, priority: "interactive" });
      history.pushState(null, "", `/?job=${job.job_id}`);
      await this.begin(job);
    });
  }

  /** The job on the stage once more, with another seed. */
  async reroll(): Promise<void> {
    const request = this.work.value?.job.request;
    if (request) await this.make({ prompt: request.prompt, quality: request.quality, format: request.format, seed: "" });
  }

  /** Shows a job by its id, and follows it if it has not ended. */
  async open(id: string): Promise<void> {
    await this.attempt(async () => this.show(await this.service.job(id)));
  }

  async cancel(): Promise<void> {
    const id = this.work.value?.jobId;
    if (id) await this.attempt(async () => void (await this.service.cancel(id)));
  }

  /** Shows a file from this machine; it is sent nowhere. */
  async drop(file: File): Promise<void> {
    const ext = file.name.split(".").pop()?.toLowerCase() ?? "";
    this.leave();
    this.work.value = null;
    history.pushState(null, "", "/");
    this.shown.value = { bytes: await file.arrayBuffer(), ext, name: file.name, kind: "file" };
  }

  /** Saves the thing on the stage in a format: another one is another job, most of whose stages are done. */
  async save(format: Format): Promise<void> {
    const work = this.work.value;
    if (!work?.job.result) return;
    await this.attempt(async () => {
      const asset = work.job.result!.assets[format] ?? (await this.inFormat(work.job, format));
      if (asset) saveAs(await this.service.bytes(asset.digest), `${slug(work.job.request.prompt)}.${fileExt(asset, format)}`);
    });
  }

  async saveManifest(): Promise<void> {
    const job = this.work.value?.job;
    if (!job?.result) return;
    const { digest } = job.result.manifest;
    await this.attempt(async () => saveAs(await this.service.bytes(digest), `${slug(job.request.prompt)}.manifest.json`));
  }

  /** Does what somebody asked for: what was said before is no longer of interest. */
  async attempt(action: () => Promise<void>): Promise<void> {
    this.trouble.value = this.note.value = "";
    await this.guarded(action);
  }

  /** Runs what may fail, and says so in words. Without a key where one is needed, it asks for one. */
  async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.keyWanted.value = true;
      else if (!(error instanceof DOMException && error.name === "AbortError")) this.trouble.value = inWords(error);
    }
  }

  private async show(job: Job): Promise<void> {
    if (jobInAddress() && jobInAddress() !== job.job_id) history.pushState(null, "", `/?job=${job.job_id}`);
    const { prompt, quality, format } = job.request;
    this.wish.value = { ...this.wish.value, prompt, quality, format };
    await this.begin(job);
  }

  private async begin(job: Job): Promise<void> {
    const signal = this.leave();
    this.work.value = begin(job);
    this.gallery.put(job);
    if (hasEnded(job.status)) return this.finish(job, signal);
    this.shown.value = null;
    await follow({
      open: (after, signal) => this.service.events(job.job_id, after, signal),
      onLive: (live) => (this.live.value = live),
      passes,
      signal,
      onEvent: (event) => {
        if (signal.aborted || !this.work.value) return;
        this.work.value = advance(this.work.value, event);
        if (event.kind === "started") this.gallery.put({ ...job, status: "running" });
        if (event.kind === "preview") void this.put(event.asset, "preview", signal);
        if (event.kind === "finished") void this.finish(event.job, signal);
      },
    });
  }

  /** Ends what was followed, and gives the signal of what comes. */
  private leave(): AbortSignal {
    this.following.abort();
    this.following = new AbortController();
    this.live.value = true;
    this.manifest.value = null;
    return this.following.signal;
  }

  private async finish(job: Job, signal: AbortSignal): Promise<void> {
    this.gallery.put(job);
    if (job.error && job.status === "failed") this.trouble.value = job.error.detail;
    if (!job.result) return;
    const main = job.result.assets[job.request.format];
    if (main) await this.put(main, "asset", signal);
    await this.guarded(async () => {
      const manifest = await this.service.manifest(job.result!.manifest.digest);
      if (!signal.aborted) this.manifest.value = manifest;
    });
  }

  private async put(asset: Asset, kind: "preview" | "asset", signal: AbortSignal): Promise<void> {
    await this.guarded(async () => {
      const bytes = await (await this.service.bytes(asset.digest, signal)).arrayBuffer();
      const late = kind === "preview" && this.shown.value !== null;
      const name = this.work.value?.job.request.prompt ?? "";
      if (!signal.aborted && !late) this.shown.value = { bytes, ext: extOf(asset.media_type), name, kind };
    });
  }

  private async inFormat(job: Job, format: Format): Promise<Asset | undefined> {
    const { texture_size: _, ...fields } = job.request;
    const other = await this.service.submit({ ...fields, format, priority: "interactive" }, FILE_WAIT_S);
    if (other.error) throw new Error(other.error.detail);
    const name = format.toUpperCase();
    this.note.value = other.result ? `${name}: ${headlineOf(other)}` : `${name} is waiting its turn; ask again in a while.`;
    return other.result?.assets[format];
  }
}

export function jobInAddress(): string {
  return new URLSearchParams(location.search).get("job") ?? "";
}

function slug(prompt: string): string {
  const words = prompt.toLowerCase().match(/[a-z0-9]+/g) ?? ["asset"];
  return words.join("-").slice(0, 40).replace(/-+$/, "");
}

function fileExt(asset: Asset, format: Format): string {
  return asset.media_type === "application/zip" ? "zip" : format;
}

function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
