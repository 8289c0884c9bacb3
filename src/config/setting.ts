/** One key of the config, described once: parsing, checks, JSON Schema and the documented sample all come from it. */
export type Setting =
  | { is: "text"; doc: string; default: string; pattern?: RegExp; example?: string; wrong?: string }
  | { is: "flag"; doc: string; default: boolean }
  | { is: "integer"; doc: string; default: number; least: number; most: number }
  /** A Go duration; read as milliseconds. */
  | { is: "duration"; doc: string; default: string; leastMs: number }
  /** A croner pattern or a duration. */
  | { is: "schedule"; doc: string; default: string }
  | { is: "choice"; doc: string; default: string; of: readonly string[] }
  /** Relative to the config file; "" is none. */
  | { is: "path"; doc: string; default: string; example?: string }
  | { is: "paths" | "texts"; doc: string; default: readonly string[]; example?: string }
  /** A mapping of strings. */
  | { is: "labels"; doc: string }
  /** A mapping of texts any of which may be secret, each given like one. */
  | { is: "secrets"; doc: string }
  /** A command: program and arguments, taken as they stand, since `$` is a shell's there. */
  | { is: "words"; doc: string; default: readonly string[] }
  /** Never printed. Given in place, as `{ file: path }`, or by the key with `File` behind it. No default. */
  | { is: "secret"; doc: string; example?: string }
  /** Public text of several lines, given like a secret. */
  | { is: "content"; doc: string }
  | { is: "section"; doc: string; keys: SettingTable }
  | {
      is: "sections";
      doc: string;
      keys: SettingTable;
      required: readonly string[];
      example: readonly string[];
    };

export type SettingTable = Readonly<Record<string, Setting>>;

/** The keys that a user may write: those of the table, and `…File` for what may come from a file. */
export function writtenKeys(settings: SettingTable): string[] {
  return Object.entries(settings).flatMap(([key, { is }]) =>
    is === "secret" || is === "content" ? [key, `${key}File`] : [key],
  );
}
