/** What a repository's .gitmodules says of its submodules. Source: git 2.47, gitmodules(5), git-submodule(1). */
import { resolveInside } from "../../lib/resolve-inside.ts";

const SECTION = /^\[\s*submodule\s+"(?:[^"\\]|\\.)*"\s*\]\s*(?:[#;].*)?$/i;
const SETTING = /^(path|url)\s*=\s*(.*)$/i;

/** Addresses by path, as they are written. A part that cannot be read names no submodule. */
export function readGitmodules(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let open: { path?: string; url?: string } | undefined;
  const close = (): void => {
    const inside = resolveInside("", open?.path ?? "");
    if (open?.url !== undefined && inside.ok && inside.path !== "") found.set(inside.path, open.url);
  };
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line.startsWith("[")) {
      close();
      open = SECTION.test(line) ? {} : undefined;
      continue;
    }
    const [, name, value = ""] = SETTING.exec(line) ?? [];
    if (open !== undefined && name !== undefined)
      open[name.toLowerCase() === "path" ? "path" : "url"] = unquoted(value);
  }
  close();
  return found;
}

/** A relative address starts at the repository's own, as git reads it; undefined where it leads above its host. */
export function submoduleUrl(written: string, repository: string): string | undefined {
  if (!/^\.\.?(?:\/|$)/.test(written)) return written;
  const [, host = "", path = ""] =
    /^([a-z+]+:\/\/[^/]*\/|[^/]*:(?!\/\/)|\/)?(.*)$/i.exec(repository.replace(/\/+$/, "")) ?? [];
  const steps = path.split("/").filter((step) => step !== "");
  for (const step of written.split("/")) {
    if (step === "" || step === ".") continue;
    if (step !== "..") steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.length === 0 ? undefined : host + steps.join("/");
}

function unquoted(value: string): string {
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"/.exec(value) ?? [];
  return quoted === undefined ? (value.split(/[#;]/, 1)[0] ?? "").trim() : quoted.replace(/\\(["\\])/g, "$1");
}
