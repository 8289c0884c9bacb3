import type { RenderedDocument } from "../../../src/core/model/desired-object.ts";
import { expandList } from "../../../src/core/model/expand-list.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import { canonicalJson } from "../../../src/lib/canonical-json.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../../src/lib/yaml.ts";
import {
  asRendered,
  type KeptSecret,
  type Made,
  type Renderer,
  type SecretPlace,
  type SecretStore,
} from "../../../src/plugin/contract.ts";
import { type FilledSoFar, placeholdersInKeys, type ReadSecret, replacePlaceholders } from "./replace.ts";

/** Tells states of values from each other in this process, and means nothing outside of it. */
const PROCESS_KEY = crypto.getRandomValues(new Uint8Array(32));

/** What a renderer makes, with the values of a secret store in place of placeholders; they go through no tool. */
export function withSecrets(renderer: Renderer, store: SecretStore): Renderer {
  return { ...renderer, complete: (made, signal) => filled(made, store, signal) };
}

/** Of commits that are not merged what holds a placeholder is refused: whoever can push a branch would read every secret. */
export function withSecretsWithheld(renderer: Renderer): Renderer {
  return withSecrets(renderer, {
    async check() {},
    async read({ path }) {
      throw new Failure("render", path, "after-edit", {
        cannot: "fill in its placeholders",
        why: "secret stores are not asked for a commit that is not merged",
        fix: "Look at it after the merge, before the first sync",
      });
    },
  });
}

async function filled({ documents, problems }: Made, store: SecretStore, signal: AbortSignal): Promise<Made> {
  // Each secret is read once a render, so that two placeholders never show two states of it.
  const reads = new Map<string, { place: SecretPlace; secret: Promise<KeptSecret> }>();
  const read: ReadSecret = async (place) => {
    const key = canonicalJson(place);
    const known = reads.get(key) ?? { place, secret: store.read(place, signal) };
    reads.set(key, known);
    return (await known.secret).values;
  };
  const made: RenderedDocument[] = [];
  const soFar: FilledSoFar = { bytes: 0 };
  const more: Problem[] = [];
  for (const document of documents) made.push(...(await filledDocument(document, read, soFar, more)));
  if (reads.size === 0) return { documents: made, problems: [...problems, ...more] };
  const states = await Promise.all(
    [...reads.values()].map(async ({ place, secret }) => {
      const { state, values } = await secret;
      return state ?? `${place.path} ${keyed(canonicalJson(values))}`;
    }),
  );
  return { documents: made, problems: [...problems, ...more], foreign: states.sort().join("\n") };
}

/** A document of several objects becomes several, each at its line. */
async function filledDocument(
  document: RenderedDocument,
  read: ReadSecret,
  soFar: FilledSoFar,
  problems: Problem[],
): Promise<RenderedDocument[]> {
  const { text, file, line } = document;
  // Base64 hides the signs of a placeholder, and only Secrets may hold them so.
  if (document.unreadable !== undefined || !/<[^<>\n]+>|Secret/.test(text)) return [document];
  const parsed = parseYaml(text, { file, line, duplicateKeys: "keep-last" });
  if (parsed.problems.some(({ severity }) => severity === "error")) return [document];
  // A file of JSON is one by its name, and the pieces are YAML.
  const piecesOf = /\.json$/i.test(file) ? asRendered(file) : file;
  const piece = (value: unknown, at: number): RenderedDocument => ({
    ...document,
    ...{ text: printYaml(value), file: piecesOf, line: at },
  });
  const pieces: RenderedDocument[] = [];
  let touched = false;
  for (const { value, line: at } of parsed.documents) {
    if (value === null) continue;
    for (const { value: object } of expandList(value)) {
      if (!isMapping(object)) {
        // What it is judged as is not for here to say.
        pieces.push(piece(object, at));
        continue;
      }
      for (const path of placeholdersInKeys(object))
        problems.push({
          severity: "warning",
          file,
          line: at,
          text: `a placeholder stands in the name of the field ${path}, where none is replaced`,
          fix: "Write the name itself",
        });
      const replaced = await replacePlaceholders(object, read, soFar);
      if (replaced.is === "refused")
        throw new Failure("render", `${file}:${at}: ${nameOf(object)}`, "backoff", {
          cannot: "fill in its placeholders",
          why: replaced.why,
          fix: replaced.fix,
        });
      touched ||= replaced.is === "replaced";
      const whole = replaced.is === "replaced" ? replaced.object : object;
      pieces.push(piece(whole, at));
    }
  }
  if (!touched) return [document];
  // What was odd about the text is not in the pieces any more.
  problems.push(...parsed.problems);
  return pieces;
}

function nameOf({ kind, metadata }: Record<string, unknown>): string {
  const name = isMapping(metadata) ? metadata["name"] : undefined;
  return `${String(kind)} ${String(name)}`;
}

function keyed(text: string): string {
  return new Bun.CryptoHasher("sha256", PROCESS_KEY).update(text).digest("hex").slice(0, 32);
}
