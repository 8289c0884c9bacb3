import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { filesOf, MAX_UNPACKED_BYTES, unpackedAside } from "./packed-chart.ts";
import { foreignReference } from "./schema-references.ts";

const SCHEMA = "values.schema.json";
/** Where helm looks for packages. */
const PACKAGES = "charts";
/** Folders in folders, and packages in packages. */
const MAX_DEPTH = 40;
const MAX_PACKAGES = 10;
/** Links that lead round in a circle end here. */
const MAX_ENTRIES = 20_000;
/** Of all packages of a chart, with those in packages: a few kilobytes may hold thousands that unpack to as much as one may. */
const MAX_ALL_BYTES = 3 * MAX_UNPACKED_BYTES;

/** What may still be unpacked. */
interface Room {
  leftBytes: number;
}

/** Answers what was found out about the same content before. */
type Remember = <T>(about: string, find: () => Promise<T>) => Promise<T>;

/**
 * Refuses a chart with a schema that leads to anything but itself, in folders, behind links and in packages.
 * @throws {Failure} render with the schema's file and the reference
 */
export async function checkSchemas(tree: SourceTree, chart: string, remember: Remember): Promise<void> {
  let entries = 0;
  const room: Room = { leftBytes: MAX_ALL_BYTES };

  async function visit(folder: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw tooDeep(folder);
    for (const { name, kind, oid } of await tree.list(folder)) {
      const path = below(folder, name);
      if (++entries > MAX_ENTRIES) throw tooDeep(path);
      if (kind === "folder") await visit(path, depth + 1);
      else if (kind === "link" && (await isFolder(path))) await visit(path, depth + 1);
      else if ((kind === "file" || kind === "link") && isWorthReading(path)) await check(path, kind, oid);
    }
  }

  async function check(path: string, kind: "file" | "link", oid: string): Promise<void> {
    const find = async (): Promise<string | undefined> => {
      const content = await unlessRefused(tree.read(path));
      return content === undefined ? undefined : hostileReference(path, path, content, { depth: 0, room });
    };
    // What a link leads to may change while the link does not.
    const reference = kind === "link" ? await find() : await remember(`schema ${oid}`, find);
    if (reference !== undefined) throw refusedReference(path, reference);
  }

  async function isFolder(link: string): Promise<boolean> {
    return (await unlessRefused(tree.list(link))) !== undefined;
  }

  await visit(chart, 0);
}

/** Of names with either separator, and with detours: a package may have been made anywhere. */
function isWorthReading(name: string): boolean {
  return isSchema(name) || isPackage(name);
}

function isSchema(name: string): boolean {
  return name.split(/[/\\]/).includes(SCHEMA);
}

function isPackage(name: string): boolean {
  const parts = name.split(/[/\\]/);
  return parts.includes(PACKAGES) && parts.some((part) => part.endsWith(".tgz"));
}

/** The same for a package that is put into a chart. @throws {Failure} */
export async function checkPackage(path: string, content: Uint8Array): Promise<void> {
  const room: Room = { leftBytes: MAX_ALL_BYTES };
  const reference = await hostileReference(path, path, content, { depth: 0, room });
  if (reference !== undefined) throw refusedReference(path, reference);
}

/** @param name of the file, in its folder or its package */
async function hostileReference(
  path: string,
  name: string,
  content: Uint8Array,
  { depth, room }: { depth: number; room: Room },
): Promise<string | undefined> {
  if (isSchema(name)) return foreignReference(content);
  if (!isPackage(name)) return undefined;
  if (depth >= MAX_PACKAGES)
    throw refused(path, `packages are nested more than ${MAX_PACKAGES} deep`, "Unpack them");
  const archive = await unpackedAside(path, content, Math.max(room.leftBytes, 1));
  room.leftBytes -= archive.length;
  for (const file of filesOf(path, archive))
    for (const own of file.names) {
      const reference = await hostileReference(path, own, file.content, { depth: depth + 1, room });
      if (reference !== undefined) return reference;
    }
  return undefined;
}

function refusedReference(path: string, reference: string): Failure {
  return reference === ""
    ? refused(path, `${SCHEMA} is no JSON`, "Correct it, or set helm.skipSchemaValidation")
    : refused(
        path,
        `${SCHEMA} refers to ${reference}, which is not part of it; nothing else is opened for it`,
        "Put the definitions into the schema and refer to them with #/…, or set helm.skipSchemaValidation",
      );
}

/** What the host is going to refuse with a better sentence: a link that leads out or nowhere. */
function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
}

function tooDeep(path: string): Failure {
  return new Failure("path-outside-source", path, "after-edit", {
    cannot: "render",
    why: `it leads round in a circle of links, or its folders hold more than ${MAX_DEPTH} levels or ${MAX_ENTRIES} files`,
    fix: "Remove the circle, or flatten them",
  });
}

function refused(path: string, why: string, fix: string): Failure {
  return new Failure("render", path, "after-edit", { cannot: "render", why, fix });
}
