import { Chart } from "./chart.tsx";
import { READINGS, type Reading } from "./readings.ts";
import { history, latest } from "./watch-queue.ts";

const Tile = ({ reading }: { reading: Reading }) => {
  const { label, tell, draw, format, limit, isStepped = false, isTrouble = false } = reading;
  const queue = latest.value;
  const samples = history.value;
  const figure = queue ? tell(queue, samples) : "–";
  const points = samples.map((sample, place) => ({
    atMs: sample.atMs,
    value: draw(sample, samples[place - 1]),
  }));
  const peak = points.reduce((max, { value }) => Math.max(max, value), 0);
  const allowed = queue ? limit?.(queue) : undefined;
  // A limit far above all that there was would press it flat.
  const max =
    allowed !== undefined && peak > allowed / 3 ? Math.max(allowed, peak) : Math.max(peak, Number.EPSILON);
  return (
    <li class={`tile${isTrouble && queue && figure !== "0" ? " troubled" : ""}`}>
      <h2>{label}</h2>
      <p class="figure">{figure}</p>
      <Chart points={points} max={max} limit={allowed} isStepped={isStepped} />
      <p class="hint">{peak === 0 ? "nothing yet" : `up to ${format(peak)}`}</p>
    </li>
  );
};

/** What the queue does, and did in the last ten minutes. */
export const QueuePanel = () => (
  <div class="queue">
    <header>
      <h1>Queue</h1>
      <p class="hint">
        Read every two seconds. Charts and counts are of the last ten minutes, as far as this page was open.
      </p>
    </header>
    <ul class="tiles">
      {READINGS.map((reading) => (
        <Tile key={reading.label} reading={reading} />
      ))}
    </ul>
  </div>
);
