import assert from "node:assert/strict";
import { test } from "node:test";
import { batchRows, hitRate, parseMetrics, queueRows, stageRunRows } from "../src/state/metrics";

const PAGE = `# HELP galatea_queue_depth Jobs that wait
# TYPE galatea_queue_depth gauge
galatea_queue_depth{priority="normal"} 3.0
galatea_queue_depth{priority="batch"} NaN
galatea_queue_oldest_seconds{priority="normal"} 1.5e+01
galatea_stage_runs_total{outcome="ran",stage="denoise"} 2.0
galatea_stage_runs_total{outcome="reused",stage="denoise"} 5.0
galatea_stage_runs_total{outcome="waited",stage="denoise"} 1.0
galatea_engine_batch_rows_bucket{le="+Inf",model="m"} 4.0
galatea_engine_batch_rows_sum{model="m"} 10.0
galatea_engine_batch_rows_count{model="m"} 4.0
odd{text="a \\"quoted\\" {word}, a\\\\b\\n"} +Inf 1700000000000
no number here
`;
const samples = parseMetrics(PAGE);

test("samples have names, labels and values, whatever stands in their labels", () => {
  assert.equal(samples.length, 10);
  const odd = samples.at(-1)!;
  assert.deepEqual(odd, { name: "odd", labels: { text: 'a "quoted" {word}, a\\b\n' }, value: Infinity });
});

test("the queue has a row a class, also where nothing waits", () => {
  const [interactive, normal, batch] = queueRows(samples);
  assert.deepEqual(interactive, { priority: "interactive", waiting: 0, running: 0, oldestS: 0 });
  assert.deepEqual(normal, { priority: "normal", waiting: 3, running: 0, oldestS: 15 });
  assert.ok(Number.isNaN(batch!.waiting));
});

test("what was reused or waited for came from the cache", () => {
  const rows = stageRunRows(samples);
  assert.deepEqual(rows, [{ stage: "denoise", ran: 2, cached: 6 }]);
  assert.equal(hitRate(rows), 0.75);
  assert.equal(hitRate([]), null);
});

test("batches have a mean", () => {
  assert.deepEqual(batchRows(samples), [{ model: "m", executions: 4, meanRows: 2.5 }]);
});
