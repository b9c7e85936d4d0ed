import { makeStyles, tokens } from "@fluentui/react-components";
import { count } from "../format";

const useStyles = makeStyles({
  svg: { width: "100%", height: "auto", maxHeight: "260px", display: "block" },
  axis: { stroke: tokens.colorNeutralStroke2 },
  label: { fill: tokens.colorNeutralForeground2, fontSize: "12px", fontFamily: tokens.fontFamilyBase },
  legend: { display: "flex", flexWrap: "wrap", gap: "4px 20px", margin: 0, padding: 0, listStyleType: "none" },
  entry: { display: "flex", alignItems: "center", gap: "8px" },
});

export interface Series {
  name: string;
  color: string;
  values: (number | undefined)[];
}

interface Props {
  label: string;
  at: string[]; // what each place on the axis is called
  series: Series[];
}

const width = 960;
const height = 220;
const left = 64;
const right = 16;
const top = 12;
const bottom = 28;

/** LineChart draws how figures changed; the same figures are a table for those who do not see it. */
export function LineChart({ label, at, series }: Props) {
  const styles = useStyles();
  const max = ceiling(Math.max(1, ...series.flatMap((s) => s.values.map((v) => v ?? 0))));
  const x = (i: number) => (at.length < 2 ? (left + width - right) / 2 : left + (i * (width - left - right)) / (at.length - 1));
  const y = (v: number) => height - bottom - (v / max) * (height - top - bottom);
  const ticks = [0, max / 2, max];
  const named = at.length <= 2 ? at.map((_, i) => i) : [0, at.length - 1];
  return (
    <figure style={{ margin: 0 }}>
      <svg viewBox={`0 0 ${width} ${height}`} className={styles.svg} role="img" aria-label={describe(label, series)}>
        {ticks.map((t) => (
          <g key={t}>
            <line x1={left} x2={width - right} y1={y(t)} y2={y(t)} className={styles.axis} />
            <text x={left - 8} y={y(t) + 4} textAnchor="end" className={styles.label}>
              {count(Math.round(t))}
            </text>
          </g>
        ))}
        {named.map((i) => (
          <text
            key={i}
            x={x(i)}
            y={height - 8}
            textAnchor={at.length < 2 ? "middle" : i === 0 ? "start" : "end"}
            className={styles.label}
          >
            {at[i]}
          </text>
        ))}
        {series.map((s) => (
          <g key={s.name} fill={s.color} stroke={s.color}>
            <path d={line(s.values, x, y)} fill="none" strokeWidth={2.5} strokeLinejoin="round" />
            {s.values.map((v, i) =>
              v === undefined ? null : (
                <circle key={i} cx={x(i)} cy={y(v)} r={3.5}>
                  <title>{`${s.name}, ${at[i]}: ${count(v)}`}</title>
                </circle>
              ),
            )}
          </g>
        ))}
      </svg>
      <figcaption>
        <ul className={styles.legend}>
          {series.map((s) => (
            <li key={s.name} className={styles.entry}>
              <svg width={14} height={14} aria-hidden>
                <rect width={14} height={14} rx={3} fill={s.color} />
              </svg>
              {s.name}: {count(s.values.findLast((v) => v !== undefined))}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

function line(values: (number | undefined)[], x: (i: number) => number, y: (v: number) => number): string {
  let pen = "M";
  return values
    .map((v, i) => {
      if (v === undefined) return "";
      const step = `${pen}${x(i)} ${y(v)}`;
      pen = "L";
      return step;
    })
    .join("");
}

/** ceiling is the next number that reads well at the top of an axis. */
export function ceiling(n: number): number {
  const size = 10 ** Math.floor(Math.log10(n));
  const step = [1, 2, 4, 5, 6, 8, 10].find((s) => s * size >= n) ?? 10;
  return step * size;
}

function describe(label: string, series: Series[]): string {
  const parts = series.map((s) => {
    const known = s.values.filter((v) => v !== undefined);
    return `${s.name} from ${count(known[0])} to ${count(known.at(-1))}`;
  });
  return `${label}: ${parts.join("; ")}`;
}
