/** Every path that the API serves, read from its sources so that a new one is asked too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Route {
  method: string;
  /** With an application, a commit and the like filled in. */
  path: string;
}

const FOLDER = join(import.meta.dir, "..", "..", "src", "api");

/** @throws {Error} where a route cannot be read: then this list is not whole */
export function routes(app: { namespace: string; name: string; commit: string }): Route[] {
  const fill = (path: string, parts: ReadonlyMap<string, string> = new Map()): string =>
    path
      .replace(/\$\{(\w+)\}/g, (_, part: string) => parts.get(part) ?? `?${part}`)
      .replace(":namespace", app.namespace)
      .replace(":id", "0")
      .replace(":revision", app.commit)
      .replace(":seq", "1")
      .replace(":pod", "web-1")
      .replace(":name", app.name);
  const found: Route[] = [];
  for (const file of readdirSync(FOLDER).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  )) {
    const text = readFileSync(join(FOLDER, file), "utf8");
    // Where a path is put together, its parts by name.
    const parts = new Map(
      [...text.matchAll(/const (base|BASE|PATH) = "([^"]+)";/g)].map(([, name = "", path = ""]) => [
        name,
        path,
      ]),
    );
    let read = 0;
    for (const [all, method = "", name, quoted, joined] of text.matchAll(
      /router\.(get|post|put|patch|delete)\((?:([A-Za-z]+)|"([^"]+)"|`([^`]+)`)/g,
    )) {
      read++;
      // The status page's files and what is not served yet are asked by their names below.
      if (name === "path") continue;
      const path = name === undefined ? (quoted ?? joined ?? "") : parts.get(name);
      if (path === undefined) throw new Error(`${file}: nobody knows the path of ${all}`);
      const whole = fill(path, parts);
      if (/[?$:*]/.test(whole)) throw new Error(`${file}: ${all} has a part that nobody knows: ${whole}`);
      found.push({ method: method.toUpperCase(), path: whole });
    }
    const written = text.match(/\brouter\s*\.(get|post|put|patch|delete)\(/g)?.length ?? 0;
    if (read !== written) throw new Error(`${file}: ${written} routes are written, and ${read} were read`);
  }
  const notYet = readFileSync(join(FOLDER, "not-yet.ts"), "utf8").matchAll(/^ {2}"(\/api[^"]+)":/gm);
  const unserved = [...notYet].map(([, path = ""]) => ({
    method: "GET",
    path: fill(path).replace("*", "x"),
  }));
  if (unserved.length === 0) throw new Error("not-yet.ts is written otherwise than this reads it");
  found.push(...unserved);
  return found;
}
