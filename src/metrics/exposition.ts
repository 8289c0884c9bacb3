/**
 * Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.0, which has exemplars. Not prom-client's own
 * writer: that one writes all series in one turn of the loop, which with some thousand applications holds up everything.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics 1.0 specification.
 */
import type { OpenMetricsContentType, Registry } from "prom-client";
import { pauses } from "../lib/in-steps.ts";
import type { Families, Family } from "./families.ts";
import { cut, type LeftOut, MOST_SERIES } from "./series-bound.ts";

export type Format = "text" | "openmetrics";

/** One value as prom-client has it. */
interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
}

/** Lines between two looks at whether others wait. */
const LINES_AT_ONCE = 200;

/** What is written, and what its bound kept out. */
export interface Exposed {
  families: Families;
  registries: readonly (Registry | Registry<OpenMetricsContentType>)[];
  leftOut: LeftOut;
}

/** Lets whatever else waits go first every few milliseconds. */
export async function expose({ families, registries, leftOut }: Exposed, format: Format): Promise<string> {
  const pause = pauses(4);
  const parts: string[] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    parts.push(lines.join(""));
    lines = [];
    await pause();
  };
  for (const registry of registries)
    for (const { name } of registry.getMetricsAsArray()) {
      const metric = registry.getSingleMetric(name);
      if (metric === undefined) continue;
      const { help, type, values } = await metric.get();
      const kind = String(type);
      lines.push(head(name, help, kind, format));
      for (const value of values as readonly Value[]) {
        lines.push(lineOf(name, kind, value, format));
        if (lines.length >= LINES_AT_ONCE) await flush();
      }
    }
  for (const family of families.all) {
    lines.push(head(family.name, family.help, family.type, format));
    let written = 0;
    for (const [labels, value] of family.samples()) {
      if (written++ >= MOST_SERIES) continue;
      lines.push(`${sampleName(family, format)}${labelsOf(labels)} ${numberOf(value)}\n`);
      if (lines.length >= LINES_AT_ONCE) await flush();
    }
    leftOut.now(family.name, Math.max(0, written - MOST_SERIES));
  }
  if (format === "openmetrics") lines.push("# EOF\n");
  await flush();
  return parts.join("");
}

function head(name: string, help: string, type: string, format: Format): string {
  const family = familyName(name, type, format);
  return `# HELP ${family} ${escapeHelp(help, format)}\n# TYPE ${family} ${type}\n`;
}

/** OpenMetrics names a counter without the end of its samples. */
function familyName(name: string, type: string, format: Format): string {
  return format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
}

function sampleName({ name, type }: Pick<Family, "name" | "type">, format: Format): string {
  return type === "counter" && format === "openmetrics" ? `${familyName(name, type, format)}_total` : name;
}

function lineOf(name: string, type: string, { metricName, labels, value, exemplar }: Value, format: Format) {
  const sample = metricName ?? (type === "counter" ? sampleName({ name, type }, format) : name);
  const line = `${sample}${labelsOf(format === "openmetrics" ? withBound(labels) : labels)} ${numberOf(value)}`;
  if (exemplar == null || format === "text") return `${line}\n`;
  const at = exemplar.timestamp.toFixed(3);
  return `${line} # ${labelsOf(exemplar.labelSet) || "{}"} ${numberOf(exemplar.value)} ${at}\n`;
}

/** OpenMetrics wants the bound of a bucket to be written as a float. */
function withBound(labels: Value["labels"]): Value["labels"] {
  const { le } = labels;
  return typeof le === "number" && Number.isInteger(le) ? { ...labels, le: le.toFixed(1) } : labels;
}

function labelsOf(labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  const plain = cut(value);
  // Hardly any value has one.
  if (!/[\\"\n]/.test(plain)) return plain;
  return plain.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapeHelp(help: string, format: Format): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return format === "openmetrics" ? escaped.replaceAll('"', '\\"') : escaped;
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value < 0 ? "-Inf" : "+Inf";
}
