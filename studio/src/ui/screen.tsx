import { useSignal } from "@preact/signals";
import { filmAssetOf } from "../state/formats";
import type { Side, Studio } from "../state/studio";
import type { Asset, Job } from "../api/types";
import { Picture, useAddress } from "./picture";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const SIDES: Side[] = ["film", "thing"];

/** What lies over the stage for a film's job: the film, or while it is made a small one. */
export function Screen({ studio }: { studio: Studio }) {
  const work = studio.work.value;
  if (!studio.flat.value || !work) return null;
  const asset = filmAssetOf(work.job);
  return (
    <div class="screen" data-made={asset !== null}>
      {asset ? (
        <Film key={asset.digest} studio={studio} job={work.job} asset={asset} />
      ) : (
        work.preview && <Moving studio={studio} digest={work.preview.digest} alt={`${studio.titleOf(work.job)}, a glimpse of the film`} />
      )}
    </div>
  );
}

/** Whether the stage shows the film or the thing that moves in it; the keys of radio buttons choose. */
export function Sides({ studio }: { studio: Studio }) {
  if (!studio.work.value || !filmAssetOf(studio.work.value.job)) return null;
  return (
    <fieldset class="segments sides" onInput={(event) => void studio.turnTo((event.target as HTMLInputElement).value as Side)}>
      <legend class="unseen">On the stage</legend>
      {SIDES.map((side) => (
        <label key={side}>
          <input type="radio" name="side" value={side} checked={studio.side.value === side} />
          <span>{side}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Film({ studio, job, asset }: { studio: Studio; job: Job; asset: Asset }) {
  const name = `${studio.titleOf(job)}, film`;
  if (asset.media_type.startsWith("video/")) return <Video studio={studio} job={job} asset={asset} name={name} />;
  if (asset.media_type === "image/gif") return <Moving studio={studio} digest={asset.digest} alt={name} />;
  return <Poster studio={studio} job={job} why="The film is a ZIP of pictures, of which this is the first: download it below." />;
}

function Video({ studio, job, asset, name }: { studio: Studio; job: Job; asset: Asset; name: string }) {
  const dark = useSignal(false);
  const source = useAddress(studio.service, asset.digest);
  const poster = useAddress(studio.service, job.result!.assets["poster"]!.digest);
  const { width, height } = job.result!.film!;
  if (dark.value) return <Poster studio={studio} job={job} why="This browser cannot play the film: download it below." />;
  if (!source) return null;
  return (
    <video
      src={source}
      poster={poster}
      width={width}
      height={height}
      aria-label={name}
      controls
      loop
      muted
      playsInline
      autoPlay={!calm.matches}
      onError={() => (dark.value = true)}
    />
  );
}

function Poster({ studio, job, why }: { studio: Studio; job: Job; why: string }) {
  return (
    <>
      <Picture service={studio.service} digest={job.result!.assets["poster"]!.digest} alt={studio.titleOf(job)} />
      <p>{why}</p>
    </>
  );
}

/** A picture that moves; for who asked their system for calm, its first frame, until they want to see it move. */
function Moving({ studio, digest, alt }: { studio: Studio; digest: string; alt: string }) {
  const moves = useSignal(!calm.matches);
  const source = useAddress(studio.service, digest);
  if (!source) return null;
  return (
    <>
      {moves.value ? <img src={source} alt={alt} draggable={false} /> : <Still source={source} alt={alt} />}
      {calm.matches && (
        <button type="button" onClick={() => (moves.value = !moves.value)}>
          {moves.value ? "Hold" : "Play"}
        </button>
      )}
    </>
  );
}

/** A canvas takes the first frame of a picture that moves (HTML, 4.12.5.1.14). */
function Still({ source, alt }: { source: string; alt: string }) {
  const draw = (canvas: HTMLCanvasElement | null) => {
    if (!canvas) return;
    const image = new Image();
    image.onload = () => {
      Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
      canvas.getContext("2d")?.drawImage(image, 0, 0);
    };
    image.src = source;
  };
  return <canvas ref={draw} role="img" aria-label={alt} />;
}
