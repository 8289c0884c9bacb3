/** Git's protocol, version 2: what is sent and how answers are read. Format: git's Documentation/gitprotocol-v2.txt. */
import type { CommitSha } from "../core/ports.ts";
import { BrokenObject, isObjectId, type ObjectFormat } from "./git-object.ts";
import { DELIMITER, FLUSH, line, packet, packets } from "./pkt-line.ts";
import { isRefName, MAX_REFS, type Refs, USUAL_PREFIXES } from "./refs.ts";

const AGENT = "agent=holdfast";

/** Sent by the server in place of an answer, in its own words. */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";
}

/** `version 2` with its capabilities, `older` for servers that do not know it. */
export type Advertisement = { is: "version 2"; capabilities: ReadonlyMap<string, string> } | { is: "older" };

export async function readAdvertisement(chunks: AsyncIterable<Uint8Array>): Promise<Advertisement> {
  const capabilities = new Map<string, string>();
  let is: Advertisement["is"] | undefined;
  for await (const each of packets(chunks)) {
    if (each.is !== "data") continue;
    const text = line(each.data);
    if (text.startsWith("# service=")) continue;
    if (text.startsWith("ERR ")) throw new ServerRefusal(text.slice(4));
    if (is === undefined) {
      if (text !== "version 2") return { is: "older" };
      is = "version 2";
      continue;
    }
    const equals = text.indexOf("=");
    capabilities.set(equals < 0 ? text : text.slice(0, equals), equals < 0 ? "" : text.slice(equals + 1));
  }
  // An old server says nothing at all of an empty repository.
  return is === undefined ? { is: "older" } : { is, capabilities };
}

export function formatFrom(capabilities: ReadonlyMap<string, string>): ObjectFormat {
  const format = capabilities.get("object-format") ?? "sha1";
  if (format !== "sha1" && format !== "sha256")
    throw new BrokenObject(`its object format ${JSON.stringify(format)} is unknown`);
  return format;
}

export function listRefsRequest(
  extra: readonly string[],
  capabilities: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const prefixes = ["HEAD", ...USUAL_PREFIXES, ...extra].map((prefix) => packet(`ref-prefix ${prefix}\n`));
  return Buffer.concat([
    packet("command=ls-refs\n"),
    ...common(capabilities),
    DELIMITER,
    packet("peel\n"),
    packet("symrefs\n"),
    ...prefixes,
    FLUSH,
  ]);
}

export async function readRefs(chunks: AsyncIterable<Uint8Array>, format: ObjectFormat): Promise<Refs> {
  const commitByName = new Map<string, CommitSha>();
  let head: Refs["head"];
  let ended = false;
  for await (const each of packets(chunks)) {
    if (each.is === "flush") ended = true;
    if (each.is !== "data") continue;
    const text = line(each.data);
    if (text.startsWith("ERR ")) throw new ServerRefusal(text.slice(4));
    const [id = "", name = "", ...attributes] = text.split(" ");
    const commit = (attributes.find((each) => each.startsWith("peeled:"))?.slice("peeled:".length) ??
      id) as CommitSha;
    if (!isObjectId(commit)) {
      if (id === "unborn") continue;
      throw new BrokenObject("the list of refs is not in Git's format");
    }
    if (name === "HEAD") {
      const target = attributes
        .find((each) => each.startsWith("symref-target:"))
        ?.slice("symref-target:".length);
      head = { commit, ref: target !== undefined && isRefName(target) ? target : "HEAD" };
    } else if (isRefName(name)) {
      if (commitByName.size >= MAX_REFS) throw new BrokenObject(`it has more than ${MAX_REFS} refs`);
      commitByName.set(name, commit);
    }
  }
  // A list that was cut must not look like branches that are gone.
  if (!ended) throw new BrokenObject("the list of refs was cut");
  return { commitByName, head, format };
}

export function fetchRequest(
  commit: CommitSha,
  haves: readonly CommitSha[],
  capabilities: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const shallow = (capabilities.get("fetch") ?? "").split(" ").includes("shallow");
  return Buffer.concat([
    packet("command=fetch\n"),
    ...common(capabilities),
    DELIMITER,
    // Without thin-pack, a server sends a shallow client every file again: it looks at haves only for their edges.
    ...(haves.length > 0 ? [packet("thin-pack\n")] : []),
    packet("ofs-delta\n"),
    packet("no-progress\n"),
    packet(`want ${commit}\n`),
    ...(shallow ? [...haves.map((have) => packet(`shallow ${have}\n`)), packet("deepen 1\n")] : []),
    ...haves.map((have) => packet(`have ${have}\n`)),
    packet("done\n"),
    FLUSH,
  ]);
}

/** The bytes of the pack out of the answer to a fetch. @throws {ServerRefusal} */
export async function* readPack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let section = "";
  let ended = false;
  for await (const each of packets(chunks)) {
    if (each.is === "flush") ended = true;
    if (each.is !== "data") {
      if (each.is === "delimiter") section = "";
      continue;
    }
    if (section !== "packfile") {
      const text = line(each.data);
      if (text.startsWith("ERR ")) throw new ServerRefusal(text.slice(4));
      if (section === "") section = text;
      continue;
    }
    const band = each.data[0],
      data = each.data.subarray(1);
    if (band === 1) yield data;
    else if (band === 3) throw new ServerRefusal(line(data));
    else if (band !== 2) throw new BrokenObject("the answer is not in Git's format");
  }
  if (section !== "packfile" || !ended) throw new BrokenObject("the answer to the fetch was cut");
}

function common(capabilities: ReadonlyMap<string, string>): Uint8Array[] {
  const format = capabilities.get("object-format");
  return [packet(`${AGENT}\n`), ...(format === undefined ? [] : [packet(`object-format=${format}\n`)])];
}
