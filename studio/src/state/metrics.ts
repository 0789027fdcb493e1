/** The Prometheus text format, and what the operator's drawer reads from it. */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?[0-9]+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Record<string, string> = { n: "\n", '"': '"', "\\": "\\" };

/** All samples of a page; comments and what is no sample are passed over. */
export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? null : LINE.exec(line.trim());
    if (found) samples.push({ name: found[1]!, labels: labelsOf(found[2] ?? ""), value: numberOf(found[3]!) });
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, unescaped(value!)]));
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}

export interface QueueRow {
  priority: string;
  waiting: number;
  running: number;
  oldestS: number;
}

export interface StageRunRow {
  stage: string;
  ran: number;
  cached: number;
}

export interface BatchRow {
  model: string;
  executions: number;
  meanRows: number;
}

const CLASSES = ["interactive", "normal", "batch"];

export function queueRows(samples: Sample[]): QueueRow[] {
  const at = (name: string, priority: string) => sum(samples, name, { priority });
  return CLASSES.map((priority) => ({
    priority,
    waiting: at("galatea_queue_depth", priority),
    running: at("galatea_queue_running", priority),
    oldestS: at("galatea_queue_oldest_seconds", priority),
  }));
}

export function stageRunRows(samples: Sample[]): StageRunRow[] {
  const name = "galatea_stage_runs_total";
  const stages = [...new Set(samples.filter((row) => row.name === name).map((row) => row.labels["stage"]!))];
  return stages.map((stage) => ({
    stage,
    ran: sum(samples, name, { stage, outcome: "ran" }),
    cached: sum(samples, name, { stage, outcome: "reused" }) + sum(samples, name, { stage, outcome: "waited" }),
  }));
}

/** The share of stages that came from the cache, 0 to 1; null before the first. */
export function hitRate(rows: StageRunRow[]): number | null {
  const cached = rows.reduce((total, row) => total + row.cached, 0);
  const all = rows.reduce((total, row) => total + row.ran + row.cached, 0);
  return all ? cached / all : null;
}

export function batchRows(samples: Sample[]): BatchRow[] {
  const name = "galatea_engine_batch_rows";
  const counts = samples.filter((row) => row.name === `${name}_count` && row.value > 0);
  return counts.map(({ labels, value }) => ({
    model: labels["model"]!,
    executions: value,
    meanRows: sum(samples, `${name}_sum`, labels) / value,
  }));
}

function sum(samples: Sample[], name: string, labels: Record<string, string>): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((row) => row.name === name && wanted.every(([label, value]) => row.labels[label] === value))
    .reduce((total, row) => total + row.value, 0);
}
