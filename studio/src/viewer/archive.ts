/** A ZIP with a mesh and what belongs to it: its materials, its buffers, its pictures. */
import { strFromU8, unzipSync } from "fflate";
import { LoadingManager } from "three";

const MOST_BYTES = 512 * 1024 * 1024; // unpacked
const MEDIA_TYPES: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg" };

export class Archive {
  /** Loads what the mesh names out of the archive, and nothing from anywhere else. */
  readonly manager = new LoadingManager();
  private readonly files: Record<string, Uint8Array>;
  private readonly addresses = new Map<string, string>();

  constructor(bytes: ArrayBuffer) {
    let total = 0;
    const filter = ({ originalSize }: { originalSize: number }) => (total += originalSize) <= MOST_BYTES;
    this.files = unzipSync(new Uint8Array(bytes), { filter });
    if (total > MOST_BYTES) throw new Error(`it holds more than ${MOST_BYTES >> 20} MB`);
    this.manager.setURLModifier((url) => (url.startsWith("blob:") || url.startsWith("data:") ? url : this.addressOf(url)));
  }

  /** The first file that ends so; null for none. */
  bytesOf(ending: string): Uint8Array | null {
    const name = Object.keys(this.files).find((entry) => entry.toLowerCase().endsWith(ending));
    return name === undefined ? null : this.files[name]!;
  }

  textOf(ending: string): string {
    const bytes = this.bytesOf(ending);
    return bytes ? strFromU8(bytes) : "";
  }

  /** Forgets the addresses that were given out. */
  close(): void {
    for (const address of this.addresses.values()) URL.revokeObjectURL(address);
  }

  private addressOf(url: string): string {
    const wanted = decodeURIComponent(url).split(/[\\/]/).pop()!;
    const name = Object.keys(this.files).find((entry) => entry.split("/").pop() === wanted);
    const known = this.addresses.get(wanted);
    if (known || name === undefined) return known ?? "data:,";
    const type = MEDIA_TYPES[wanted.split(".").pop()!.toLowerCase()] ?? "application/octet-stream";
    const address = URL.createObjectURL(new Blob([this.files[name] as BlobPart], { type }));
    this.addresses.set(wanted, address);
    return address;
  }
}
