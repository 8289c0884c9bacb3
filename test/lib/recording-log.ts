import type { Log } from "../../src/core/ports/log.ts";

export interface LogLine {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  fields: Record<string, unknown>;
}

/** A log that keeps its lines for the test instead of printing them. */
export function recordingLog(
  lines: LogLine[] = [],
  base: Record<string, unknown> = {},
): Log & { lines: LogLine[] } {
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      lines.push({ level, message, fields: { ...base, ...fields } });
    };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => recordingLog(lines, { ...base, ...fields }),
  };
}
