/** What the file of contexts holds. Pure: a text is read and written here, files elsewhere. */
import { defined } from "../../lib/defined.ts";
import { parseFingerprint } from "../../lib/fingerprints.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseYaml, printYaml } from "../../lib/yaml.ts";

/** A daemon, and what it is shown. */
export interface Context {
  name: string;
  /** As `serverUrl` makes it. */
  server: string;
  /** What `login` was given, or keeps a session by. */
  token?: string;
  /** Absolute; in place of `token`. */
  tokenFile?: string;
  /** Any TLS certificate will do. */
  insecure?: true;
  /** PEM of the authorities that may speak for it; absolute. */
  caFile?: string;
  /** Of its certificate or its key, as `parseFingerprint` writes it. */
  fingerprint?: string;
}

export interface Contexts {
  /** Name of the one that counts where none is named; absent: none. */
  current?: string;
  contexts: readonly Context[];
}

export const NO_CONTEXTS: Contexts = { contexts: [] };

const FIELDS = ["current", "contexts"];
const OF_CONTEXT = ["name", "server", "token", "tokenFile", "insecure", "caFile", "fingerprint"];

/**
 * Strict: a field that is not known, or twice a name, is an error, and no text of an error holds a value.
 * @returns `why`: a clause, with the line where that is known
 */
export function readContexts(text: string): { ok: true; value: Contexts } | { ok: false; why: string } {
  const { documents, problems } = parseYaml(text);
  const [problem] = problems.filter(({ severity }) => severity === "error");
  const wrong = (why: string): { ok: false; why: string } => ({ ok: false, why });
  if (problem !== undefined) return wrong(`line ${problem.line ?? 1} is no YAML`);
  if (documents.length > 1) return wrong("it holds several documents");
  const value = documents[0]?.value ?? {};
  if (!isMapping(value)) return wrong("it is no mapping");
  const unknown = strange(value, FIELDS);
  if (unknown !== undefined) return wrong(unknown);
  const { current, contexts = [] } = value;
  if (current !== undefined && !isText(current)) return wrong("current is no name");
  if (!Array.isArray(contexts)) return wrong("contexts is no list");
  const read: Context[] = [];
  for (const [at, one] of contexts.entries()) {
    const where = `contexts[${at}]`;
    if (!isMapping(one)) return wrong(`${where} is no mapping`);
    const odd = strange(one, OF_CONTEXT);
    if (odd !== undefined) return wrong(`${where}: ${odd}`);
    const { name, server, token, tokenFile, insecure, caFile, fingerprint } = one;
    if (!isText(name)) return wrong(`${where}.name is no name`);
    if (read.some((other) => other.name === name)) return wrong(`${where}.name is there twice`);
    if (!isText(server)) return wrong(`${where}.server is no address`);
    if (token !== undefined && !isText(token)) return wrong(`${where}.token is no text`);
    if (tokenFile !== undefined && !isText(tokenFile)) return wrong(`${where}.tokenFile is no text`);
    if (token !== undefined && tokenFile !== undefined) return wrong(`${where} has token and tokenFile`);
    if (insecure !== undefined && typeof insecure !== "boolean")
      return wrong(`${where}.insecure is neither true nor false`);
    if (caFile !== undefined && !isText(caFile)) return wrong(`${where}.caFile is no text`);
    const print = fingerprint === undefined ? undefined : parseFingerprint(String(fingerprint));
    if (fingerprint !== undefined && print === undefined) return wrong(`${where}.fingerprint is none`);
    if (insecure === true && (caFile !== undefined || print !== undefined))
      return wrong(`${where} has insecure beside what it is trusted by`);
    read.push({
      name,
      server,
      ...defined({ token, tokenFile, caFile, fingerprint: print }),
      ...(insecure === true ? { insecure } : {}),
    });
  }
  return { ok: true, value: { contexts: read, ...defined({ current }) } };
}

export function printContexts(contexts: Contexts): string {
  return printYaml(contexts);
}

/** With this one in place of one of its name, or behind the others. */
export function withContext({ contexts, ...rest }: Contexts, context: Context): Contexts {
  const isThere = contexts.some(({ name }) => name === context.name);
  return {
    ...rest,
    contexts: isThere
      ? contexts.map((one) => (one.name === context.name ? context : one))
      : [...contexts, context],
  };
}

/** Without these; where the current one is among them there is none. */
export function withoutContexts({ contexts, current }: Contexts, names: readonly string[]): Contexts {
  const left = contexts.filter(({ name }) => !names.includes(name));
  const kept = current !== undefined && names.includes(current) ? undefined : current;
  return { ...defined({ current: kept }), contexts: left };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function strange(value: Record<string, unknown>, known: readonly string[]): string | undefined {
  const odd = Object.keys(value).find((field) => !known.includes(field));
  if (odd === undefined) return undefined;
  const meant = nearest(odd, known);
  return `the field ${JSON.stringify(odd)} is not known${meant === undefined ? "" : `, did you mean ${meant}?`}`;
}
