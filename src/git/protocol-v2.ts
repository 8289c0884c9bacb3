/** Git's protocol, version 2: what is sent and how answers are read. Format: git's Documentation/gitprotocol-v2.txt. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import { BrokenObject, isObjectId, type ObjectFormat } from "./git-object.ts";
import { DELIMITER, FLUSH, line, packet, packets } from "./pkt-line.ts";
import { isRefName, isWanted, MAX_REFS, type Refs, USUAL_PREFIXES } from "./refs.ts";

const AGENT = "agent=holdfast";
/** Git has about ten. */
const MAX_CAPABILITIES = 1_000;
const LINES_A_TURN = 1_000;

/** Sent by the server in place of an answer, in its own words. */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";
}

/** Lets others have their turn now and then: a hundred thousand lines may come at once. */
class Turns {
  #lines = 0;

  async next(): Promise<void> {
    if (++this.#lines % LINES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** `version 2` with its capabilities; older servers send their refs at once. */
export type Advertisement =
  | { is: "version 2"; capabilities: ReadonlyMap<string, string> }
  | { is: "older"; refs: Refs };

/** @param extra full names of refs beside branches and tags, for older servers */
export async function readAdvertisement(
  chunks: AsyncIterable<Uint8Array>,
  extra: readonly string[],
): Promise<Advertisement> {
  const capabilities = new Map<string, string>();
  const older = new OlderRefs(extra);
  const turns = new Turns();
  let is: Advertisement["is"] | undefined;
  let ended = false;
  for await (const each of packets(chunks)) {
    // The line that names the service has a section of its own.
    ended = each.is === "flush";
    if (each.is !== "data") continue;
    const text = line(each.data);
    if (is === undefined && text.startsWith("# service=")) continue;
    if (text.startsWith("ERR ")) throw new ServerRefusal(text.slice(4));
    if (is === undefined && text === "version 2") is = "version 2";
    else if (is === undefined && text === "version 1") is = "older";
    else if (is === "version 2") {
      const equals = text.indexOf("=");
      capabilities.set(equals < 0 ? text : text.slice(0, equals), equals < 0 ? "" : text.slice(equals + 1));
      if (capabilities.size > MAX_CAPABILITIES)
        throw new BrokenObject("it claims more abilities than there are");
    } else {
      is = "older";
      older.take(text);
      await turns.next();
    }
  }
  // A list that was cut must not look like branches that are gone.
  if (!ended) throw new BrokenObject("the list of refs was cut");
  return is === "version 2" ? { is, capabilities } : { is: "older", refs: older.refs() };
}

/** Refs as protocol versions 0 and 1 have them. Format: git's Documentation/gitprotocol-pack.txt, reference discovery. */
class OlderRefs {
  readonly #commitByName = new Map<string, CommitSha>();
  #head: CommitSha | undefined;
  #headRef = "HEAD";
  #format: ObjectFormat = "sha1";
  constructor(readonly extra: readonly string[]) {}

  take(text: string): void {
    const [ref = "", abilities = ""] = text.split("\0");
    for (const ability of abilities.split(" ")) {
      const target = ability.startsWith("symref=HEAD:") ? ability.slice("symref=HEAD:".length) : "";
      if (isRefName(target)) this.#headRef = target;
      if (ability === "object-format=sha256") this.#format = "sha256";
    }
    const space = ref.indexOf(" ");
    const id = ref.slice(0, Math.max(0, space)),
      name = ref.slice(space + 1);
    if (id === "shallow") return;
    if (!isObjectId(id)) throw new BrokenObject("the list of refs is not in Git's format");
    // What an annotated tag leads to comes second, and counts. An empty repository has one line that names no ref.
    const bare = name.endsWith("^{}") ? name.slice(0, -3) : name;
    if (bare === "HEAD") this.#head = id as CommitSha;
    else if (isRefName(bare) && isWanted(bare, this.extra)) this.#commitByName.set(bare, id as CommitSha);
    if (this.#commitByName.size > MAX_REFS) throw new BrokenObject(`it has more than ${MAX_REFS} refs`);
  }

  refs(): Refs {
    const head = this.#head === undefined ? undefined : { commit: this.#head, ref: this.#headRef };
    return { commitByName: this.#commitByName, head, format: this.#format };
  }
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
  const turns = new Turns();
  let head: Refs["head"];
  let ended = false;
  /** HEAD is one of them. A ref that is named again counts again: the same line without end fills the memory too. */
  let lines = 0;
  for await (const each of packets(chunks)) {
    if (each.is === "flush") ended = true;
    if (each.is !== "data") continue;
    await turns.next();
    if (++lines > MAX_REFS + 1) throw new BrokenObject(`it has more than ${MAX_REFS} refs`);
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
    } else if (isRefName(name)) commitByName.set(name, commit);
  }
  // A list that was cut must not look like branches that are gone.
  if (!ended) throw new BrokenObject("the list of refs was cut");
  return { commitByName, head, format };
}

/** Asks for one commit with all its files, and for nothing of its history where the server can do so. */
export function fetchRequest(
  commit: CommitSha,
  capabilities: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const shallow = (capabilities.get("fetch") ?? "").split(" ").includes("shallow");
  return Buffer.concat([
    packet("command=fetch\n"),
    ...common(capabilities),
    DELIMITER,
    packet("ofs-delta\n"),
    packet("no-progress\n"),
    packet(`want ${commit}\n`),
    ...(shallow ? [packet("deepen 1\n")] : []),
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
