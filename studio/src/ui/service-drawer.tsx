import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Job } from "../api/types";
import { batchRows, hitRate, parseMetrics, queueRows, type Sample, stageRunRows } from "../state/metrics";
import type { Studio } from "../state/studio";
import { short, verbOf } from "../words";
import { Drawer } from "./drawer";

const REFRESH_MS = 10_000;

interface Seen {
  samples: Sample[];
  parts: Record<string, string | null>;
  failed: Job[];
}

/** The operator's view. It is read again every ten seconds, and only while it is open and in sight. */
export function ServiceDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="service" title="The service">
      {() => <Operation studio={studio} />}
    </Drawer>
  );
}

function Operation({ studio }: { studio: Studio }) {
  const seen = useSignal<Seen | null>(null);
  useEffect(() => {
    const read = () => {
      if (!document.hidden) void studio.guarded(async () => void (seen.value = await look(studio)));
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (!seen.value) return <p>Asking…</p>;
  const { samples, parts, failed } = seen.value;
  return (
    <>
      <p class="fine">Read again every {REFRESH_MS / 1000} seconds while this is open. All counts are since the start.</p>
      <Queue samples={samples} />
      <Runs samples={samples} />
      <Models studio={studio} samples={samples} />
      <Parts parts={parts} />
      <Failed studio={studio} failed={failed} />
    </>
  );
}

async function look({ service }: Studio): Promise<Seen> {
  const [text, parts, { jobs }] = await Promise.all([
    service.metrics(),
    service.readiness(),
    service.jobs({ status: "failed", limit: "5" }),
  ]);
  return { samples: parseMetrics(text), parts, failed: jobs };
}

function Queue({ samples }: { samples: Sample[] }) {
  return (
    <Table caption="Queue" head={["class", "waiting", "running", "oldest"]}>
      {queueRows(samples).map((row) => [row.priority, count(row.waiting), count(row.running), `${count(row.oldestS)} s`])}
    </Table>
  );
}

function Runs({ samples }: { samples: Sample[] }) {
  const rows = stageRunRows(samples);
  const rate = hitRate(rows);
  return (
    <Table caption={`Stages${rate === null ? "" : `, ${Math.round(rate * 100)} % from the cache`}`} head={["stage", "ran", "cached"]}>
      {rows.map((row) => [verbOf(row.stage), count(row.ran), count(row.cached)])}
    </Table>
  );
}

function Models({ studio, samples }: { studio: Studio; samples: Sample[] }) {
  const batches = new Map(batchRows(samples).map((row) => [row.model, row]));
  return (
    <Table caption="Models" head={["model", "digest", "batches", "rows each"]}>
      {studio.models.value.map((model) => {
        const batch = batches.get(model.name);
        const rows = batch ? batch.meanRows.toFixed(1) : "–";
        return [`${model.name} ${model.version}`, short(model.digest ?? "none"), count(batch?.executions ?? 0), rows];
      })}
    </Table>
  );
}

function Parts({ parts }: { parts: Record<string, string | null> }) {
  return (
    <Table caption="Parts" head={["part", "state"]}>
      {Object.entries(parts).map(([name, wrong]) => [name, wrong ?? "well"])}
    </Table>
  );
}

function Failed({ studio, failed }: { studio: Studio; failed: Job[] }) {
  if (!failed.length) return <p class="fine">No job has failed of late.</p>;
  return (
    <section>
      <h3>Failed of late</h3>
      <ul class="failed">
        {failed.map((job) => (
          <li key={job.job_id}>
            <button type="button" class="example" onClick={() => void studio.open(job.job_id)}>
              {studio.titleOf(job)}
            </button>
            <p class="fine">{job.error?.detail}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Table({ caption, head, children }: { caption: string; head: string[]; children: string[][] }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {head.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {children.map(([first, ...rest]) => (
          <tr key={first}>
            <th scope="row">{first}</th>
            {rest.map((cell, index) => (
              <td key={index}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function count(value: number): string {
  return Number.isNaN(value) ? "?" : Math.round(value).toLocaleString("en");
}
