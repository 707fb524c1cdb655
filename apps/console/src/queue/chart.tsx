import { area, curveLinear, curveStepAfter, line } from "d3-shape";
import { HISTORY_MS } from "./watch-queue.ts";

/** A page that was just opened shows as much, rather than a dot at the end of ten minutes. */
const SPAN_MS_MIN = 60_000;

export interface Point {
  atMs: number;
  value: number;
}

interface ChartProps {
  points: Point[];
  /** The greatest value that there is room for. */
  max: number;
  /** Drawn as a line across, such as what is allowed; not where it is beyond `max`. */
  limit?: number | undefined;
  /** Holds from reading to reading, rather than going from one to the next. */
  isStepped: boolean;
}

/** In units of the drawing, which is stretched to its place. */
const WIDTH = 600;
const HEIGHT = 56;

/** The last ten minutes, for the eye: what it shows stands beside it in numbers. */
export const Chart = ({ points, max, limit, isStepped }: ChartProps) => {
  const endMs = points.at(-1)?.atMs ?? 0;
  const spanMs = Math.min(HISTORY_MS, Math.max(SPAN_MS_MIN, endMs - (points[0]?.atMs ?? endMs)));
  const x = ({ atMs }: Point) => WIDTH - ((endMs - atMs) / spanMs) * WIDTH;
  const toY = (value: number) => HEIGHT - (value / max) * (HEIGHT - 2) - 1;
  const y = ({ value }: Point) => toY(value);
  const curve = isStepped ? curveStepAfter : curveLinear;
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="under" d={area(x, HEIGHT, y).curve(curve)(points) ?? ""} />
      <path class="line" d={line(x, y).curve(curve)(points) ?? ""} />
      {limit === undefined || limit > max ? null : <path class="limit" d={`M0 ${toY(limit)}H${WIDTH}`} />}
    </svg>
  );
};
