import { withoutUserinfo } from "./url-userinfo.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Has the shape of the `Log` port: one JSON line a call. Secrets print themselves as `***`, addresses without passwords. */
export interface JsonLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  with(fields: Record<string, unknown>): JsonLog;
}

/**
 * @param level lines below it are dropped; asked at each line, so that a reload may change it
 * @param write takes one line with its line feed
 */
export function jsonLog(
  level: () => LogLevel,
  write: (line: string) => void,
  fixed: Record<string, unknown> = {},
): JsonLog {
  const at =
    (is: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (ORDER.indexOf(is) < ORDER.indexOf(level())) return;
      const own = { at: new Date().toISOString(), level: is, message };
      // Ours stand first and count last: a field of the same name takes nothing of a line away.
      write(`${withoutUserinfo(JSON.stringify({ ...own, ...fixed, ...fields, ...own }))}\n`);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => jsonLog(level, write, { ...fixed, ...fields }),
  };
}
