import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Studio } from "../state/studio";
import { Frame } from "./frame";

const FRAME_PX = 92; // as in bench.css: a frame and its gap
const SPARE = 3;

/** The history. Only the frames in sight, and a few more, are in the page, however long it is. */
export function Filmstrip({ studio }: { studio: Studio }) {
  const strip = useRef<HTMLOListElement>(null);
  const window = useSignal({ from: 0, to: 20, across: false });
  const jobs = studio.gallery.jobs.value;

  const look = () => {
    const { scrollTop, scrollLeft, clientHeight, clientWidth, scrollWidth } = strip.current!;
    const across = matchMedia("(max-width: 56rem)").matches;
    const [place, length] = across ? [scrollLeft, clientWidth] : [scrollTop, clientHeight];
    const from = Math.max(0, Math.floor(place / FRAME_PX) - SPARE);
    const to = Math.ceil((place + length) / FRAME_PX) + SPARE;
    const seen = window.value;
    if (seen.from !== from || seen.to !== to || seen.across !== across) window.value = { from, to, across };
    const { jobs, loaded } = studio.gallery; // the first page is read at the start
    if (scrollWidth && loaded.value && to >= jobs.value.length) void studio.guarded(() => studio.gallery.more());
  };
  useEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(strip.current!);
    return () => observer.disconnect();
  }, []);

  const { from, to, across } = window.value;
  const step = (event: KeyboardEvent) => {
    const way = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = jobs.findIndex((job) => job.job_id === (event.target as HTMLElement).dataset["job"]);
    const next = way && jobs[at + way];
    if (!next) return;
    event.preventDefault();
    strip.current!.querySelector<HTMLElement>(`[data-job="${next.job_id}"]`)?.focus();
  };
  return (
    <nav class="filmstrip" aria-label="History">
      <ol ref={strip} onScroll={look} onKeyDown={step}>
        <li class="spacer" style={spacing(across, from)} aria-hidden="true" />
        {jobs.slice(from, to).map((job) => (
          <Frame key={job.job_id} studio={studio} job={job} />
        ))}
        <li class="spacer" style={spacing(across, Math.max(0, jobs.length - to))} aria-hidden="true" />
      </ol>
      {studio.gallery.loaded.value && jobs.length === 0 && <p class="hint">What you make is kept here.</p>}
    </nav>
  );
}

function spacing(across: boolean, count: number): Record<string, string> {
  return { [across ? "width" : "height"]: `${count * FRAME_PX}px`, flex: "none" };
}
