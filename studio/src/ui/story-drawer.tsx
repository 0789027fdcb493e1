import type { Studio } from "../state/studio";
import { tell } from "../state/story";
import { seconds, short, size } from "../words";
import { Drawer } from "./drawer";

/** How the thing on the stage came about, from its manifest and its job's report. */
export function StoryDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="story" title="How it came about">
      {() => <Told studio={studio} />}
    </Drawer>
  );
}

function Told({ studio }: { studio: Studio }) {
  const job = studio.work.value?.job;
  if (!job?.result) return <p>Nothing to tell yet: the story begins when a thing is finished.</p>;
  const story = tell(job, studio.manifest.value);
  return (
    <>
      <blockquote>{studio.titleOf(job)}</blockquote>
      <p>{story.headline}. The same manifest gives the same bytes again.</p>
      <ol class="story">
        {story.lines.map((line) => (
          <li key={line.stage} data-cached={line.cached}>
            <h3>
              {line.verb} <span class="took">{line.cached ? "from the cache" : seconds(line.wallS)}</span>
            </h3>
            <meter value={line.cached ? 0 : line.share} aria-label={`${line.verb}, share of the longest`} />
            <p>{line.told}</p>
            <p class="fine">
              {[line.model, ...line.params, line.byteCount ? size(line.byteCount) : "", line.key ? `key ${short(line.key)}` : ""]
                .filter(Boolean)
                .join(" · ")}
            </p>
          </li>
        ))}
      </ol>
      {job.result.warnings.map((warning) => (
        <p key={warning} class="note">
          {warning}
        </p>
      ))}
      <dl class="pairs">
        {story.facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => void studio.saveManifest()}>
        Download the manifest
      </button>
    </>
  );
}
