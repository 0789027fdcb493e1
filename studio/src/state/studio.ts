/** What the page does: makes, follows, opens, cancels and downloads. Components read its signals. */
import { computed, signal } from "@preact/signals";
import { follow } from "../api/follow";
import { type AskedMesh, type Format, inFormat, type Operation } from "../api/requests";
import { inWords, passes, Refusal, Service } from "../api/service";
import { type Asset, hasEnded, type Job, type Manifest, type Model } from "../api/types";
import type { Sheet } from "../viewer/atlas";
import {
  CONVERTIBLE,
  extOf,
  fileName,
  FORMAT_NAMES,
  mediaTypeOf,
  slug,
  sourceOf,
  stageAssetOf,
  writableFormats,
} from "./formats";
import { Gallery } from "./gallery";
import { apiKey } from "./session";
import { type Bearing, FIRST_SHOT, type Shot, shotFields, shotOf } from "./shots";
import { headlineOf } from "./story";
import { FIRST_STEPS, FIRST_WISH, stepFields, type Steps, type Wish, wishFields, wishOf } from "./wishes";
import { advance, begin, type Work } from "./work";

export type Drawer = "" | "story" | "service" | "things" | "help" | "acceptance" | "convert" | "film";

/** A file that the stage is to show. */
export interface Shown {
  bytes: ArrayBuffer;
  ext: string;
  name: string;
  kind: "preview" | "asset" | "file";
}

/** What is to be converted or filmed: a file of this machine, or an asset of the store. */
export interface Source {
  name: string;
  byteCount: number | null;
  from: File | { digest: string };
}

/** What the stage shows of a film's job: the film, or the thing that moves in it. */
export type Side = "film" | "thing";

const FILE_WAIT_S = 60;

export class Studio {
  readonly service = new Service(() => apiKey.value);
  readonly gallery = new Gallery(this.service);
  readonly formats = writableFormats();
  readonly wish = signal<Wish>(FIRST_WISH);
  readonly source = signal<Source | null>(null);
  readonly steps = signal<Steps>(FIRST_STEPS);
  readonly shot = signal<Shot>(FIRST_SHOT);
  readonly side = signal<Side>("film");
  /** A file is on its way to the service. */
  readonly sending = signal(false);
  readonly work = signal<Work | null>(null);
  readonly shown = signal<Shown | null>(null);
  /** Whether a film, or what is seen of one while it is made, lies over the stage. */
  readonly flat = computed(() => {
    const work = this.work.value;
    if (work?.job.operation !== "3d-to-video") return false;
    if (work.job.result) return this.side.value === "film";
    return !hasEnded(work.status) && !!work.preview?.media_type.startsWith("image/"); // a sketch is a mesh, and no picture
  });
  /** Where the stage is looked at from; the viewer tells it. */
  bearing: () => Bearing | null = () => null;
  /** The pictures inside the file on the stage. */
  readonly atlas = signal<Sheet[]>([]);
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
      if (named || !untouched || newest?.status !== "completed") return;
      if (this.wish.value === FIRST_WISH) await this.show(newest);
      else await this.begin(newest); // the form keeps what a quick visitor has typed
    });
  }

  /** Submits the wish. */
  async make(): Promise<void> {
    const wish = this.wish.value;
    if (wish.prompt.trim()) await this.attempt(() => this.submit("text-to-3d", wishFields(wish)));
  }

  /** The job on the stage once more, with another seed. */
  async reroll(): Promise<void> {
    const job = this.work.value?.job;
    if (job?.operation !== "text-to-3d") return;
    await this.attempt(() => this.submit("text-to-3d", { ...job.request, seed: -1, priority: "interactive" }));
  }

  /** Sends the source, if it is a file, and submits the steps. */
  convert(): Promise<void> {
    return this.send("convert", (digest, name) => stepFields(this.steps.value, digest, name));
  }

  /** Sends the source, if it is a file, and has it filmed. */
  film(): Promise<void> {
    return this.send("3d-to-video", (digest) => shotFields(this.shot.value, digest, this.bearing()));
  }

  /** Shows a job by its id, and follows it if it has not ended. */
  async open(id: string): Promise<void> {
    await this.attempt(async () => this.show(await this.service.job(id)));
  }

  async cancel(): Promise<void> {
    const id = this.work.value?.jobId;
    if (id) await this.attempt(async () => void (await this.service.cancel(id)));
  }

  /** Shows a file from this machine; it is sent nowhere, unless somebody converts or films it. */
  async drop(file: File): Promise<void> {
    this.leave();
    this.work.value = null;
    history.pushState(null, "", "/");
    this.source.value = CONVERTIBLE.includes(endingOf(file)) ? { name: file.name, byteCount: file.size, from: file } : null;
    this.shown.value = { bytes: await file.arrayBuffer(), ext: endingOf(file), name: file.name, kind: "file" };
  }

  /** Takes the thing on the stage as what is to be converted or filmed; of a film, what it is of. */
  takeFromStage(drawer: "convert" | "film"): void {
    const job = this.work.value?.job;
    const asset = job && sourceOf(job);
    if (asset) this.source.value = { name: slug(this.titleOf(job)), byteCount: asset.bytes, from: asset };
    if (job?.operation === "3d-to-video" && job.request.asset) {
      this.source.value = { name: slug(this.titleOf(job)), byteCount: null, from: { digest: job.request.asset } };
    }
    this.drawer.value = drawer;
  }

  /** What a job's thing is called. */
  titleOf(job: Job): string {
    return this.gallery.titleOf(job);
  }

  /** Turns to the film of a job, or to the thing in it. */
  async turnTo(side: Side): Promise<void> {
    this.side.value = side;
    this.shown.value = null;
    const job = this.work.value?.job;
    const thing = side === "thing" && job && stageAssetOf(job);
    if (thing) await this.put(thing.digest, "asset", this.following.signal);
  }

  /** Saves the thing on the stage in a format: another one is another job, most of whose stages are done. */
  async save(format: Format): Promise<void> {
    const job = this.work.value?.job;
    if (!job?.result || job.operation === "3d-to-video") return;
    await this.attempt(async () => {
      const asset = job.result!.assets[format] ?? (await this.madeIn(job, format));
      if (asset) saveAs(await this.service.bytes(asset.digest), fileName(this.titleOf(job), format, asset));
    });
  }

  /** Saves one of the job's files. */
  async saveFile(job: Job, name: string, asset: Asset): Promise<void> {
    await this.attempt(async () => saveAs(await this.service.bytes(asset.digest), fileName(this.titleOf(job), name, asset)));
  }

  async saveManifest(): Promise<void> {
    const job = this.work.value?.job;
    if (!job?.result) return;
    const { digest } = job.result.manifest;
    await this.attempt(async () => saveAs(await this.service.bytes(digest), `${slug(this.titleOf(job))}.manifest.json`));
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

  /** Submits what is to be done with the source, once the service has it. */
  private async send(operation: Operation, fields: (digest: string, name: string) => Record<string, unknown>): Promise<void> {
    const source = this.source.value;
    if (!source || this.sending.value) return;
    this.sending.value = true;
    await this.attempt(async () => {
      const { digest } = source.from instanceof File ? await this.upload(source.from) : source.from;
      this.sending.value = false;
      await this.submit(operation, fields(digest, source.name));
    });
    this.sending.value = false;
  }

  private async submit(operation: Operation, fields: Record<string, unknown>): Promise<void> {
    const job = await this.service.submit(operation, fields);
    if (this.drawer.value === "convert" || this.drawer.value === "film") this.drawer.value = "";
    history.pushState(null, "", `/?job=${job.job_id}`);
    const stays = operation === "3d-to-video" || (operation === "convert" && this.shown.value?.kind === "file");
    await this.begin(job, stays);
  }

  private async upload(file: File): Promise<Asset> {
    const mediaType = mediaTypeOf(endingOf(file));
    if (!mediaType) throw new Error(`${file.name} cannot be read; choose a file that ends in ${CONVERTIBLE.join(", ")}.`);
    const asset = await this.service.upload(file, mediaType);
    this.gallery.call(asset.digest, file.name.replace(/\.[^.]*$/, ""));
    return asset;
  }

  private async show(job: Job): Promise<void> {
    if (jobInAddress() && jobInAddress() !== job.job_id) history.pushState(null, "", `/?job=${job.job_id}`);
    if (job.operation === "text-to-3d") this.wish.value = wishOf(job.request, this.wish.value.seed);
    if (job.operation === "3d-to-video") this.shot.value = shotOf(job.request);
    if (job.status !== "completed") this.shown.value = null;
    await this.begin(job);
  }

  /** Takes up a job; what is on the stage may stay until there is something of the job. */
  private async begin(job: Job, stays = false): Promise<void> {
    const signal = this.leave();
    this.work.value = begin(job);
    this.side.value = "film";
    this.gallery.put(job);
    if (hasEnded(job.status)) return this.finish(job, signal);
    if (!stays) this.shown.value = null;
    void this.putSubject(job, signal);
    await follow({
      open: (after, signal) => this.service.events(job.job_id, after, signal),
      onLive: (live) => (this.live.value = live),
      passes,
      signal,
      onEvent: (event) => {
        if (signal.aborted || !this.work.value) return;
        this.work.value = advance(this.work.value, event);
        if (event.kind === "started") this.gallery.put({ ...job, status: "running" });
        if (event.kind === "preview") void this.preview(event.asset, signal);
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
    if (!job.result) return this.putSubject(job, signal);
    const { manifest } = job.result;
    const main = this.flat.value ? null : stageAssetOf(job);
    if (main) await this.put(main.digest, "asset", signal);
    else this.shown.value = null;
    await this.guarded(async () => {
      const told = await this.service.manifest(manifest.digest);
      if (!signal.aborted) this.manifest.value = told;
    });
  }

  /** Shows a sketch of what is being made. That of a film is a picture, which lies over the stage by itself. */
  private async preview(asset: Asset, signal: AbortSignal): Promise<void> {
    if (this.flat.value) this.shown.value = null;
    else await this.put(asset.digest, "preview", signal);
  }

  /** Shows what a film is to be of, while there is nothing of the film. */
  private async putSubject(job: Job, signal: AbortSignal): Promise<void> {
    if (job.operation !== "3d-to-video" || !job.request.asset || this.shown.value) return;
    await this.put(job.request.asset, "preview", signal);
  }

  private async put(digest: string, kind: "preview" | "asset", signal: AbortSignal): Promise<void> {
    await this.guarded(async () => {
      const blob = await this.service.bytes(digest, signal);
      const bytes = await blob.arrayBuffer();
      const late = this.flat.value || (kind === "preview" && this.shown.value !== null);
      const name = this.work.value ? this.titleOf(this.work.value.job) : "";
      if (!signal.aborted && !late) this.shown.value = { bytes, ext: extOf(blob.type), name, kind };
    });
  }

  private async madeIn(job: Job & AskedMesh, format: Format): Promise<Asset | undefined> {
    const other = await this.service.submit(job.operation, inFormat(job, format), FILE_WAIT_S);
    if (other.error) throw new Error(other.error.detail);
    const name = FORMAT_NAMES[format];
    this.note.value = other.result ? `${name}: ${headlineOf(other)}` : `${name} is waiting its turn; ask again in a while.`;
    return other.result?.assets[format];
  }
}

export function jobInAddress(): string {
  return new URLSearchParams(location.search).get("job") ?? "";
}

function endingOf(file: File): string {
  return file.name.split(".").pop()?.toLowerCase() ?? "";
}

function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
