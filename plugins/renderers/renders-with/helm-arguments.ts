import type { HelmSource } from "../../../src/core/model/source.ts";
import { defined } from "../../../src/lib/defined.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";

export type HelmArguments =
  | {
      ok: true;
      helm: HelmSource;
      /** Of `--set-json`: more than files of values, less than parameters. */
      json?: Record<string, unknown>;
    }
  | { ok: false; why: string };

interface Parameter {
  name: string;
  value: string;
}
/** What an option adds to what those before it said. */
type Option = (value: string, helm: HelmSource) => HelmSource;

const WITH_VALUE: Readonly<Record<string, Option>> = {
  "--values": (value, { valueFiles = [] }) => ({ valueFiles: [...valueFiles, ...value.split(",")] }),
  "--set": (value, { parameters = [] }) => ({ parameters: [...parameters, ...parametersIn(value)] }),
  "--set-string": (value, { parameters = [] }) => ({
    parameters: [...parameters, ...parametersIn(value).map((one) => ({ ...one, forceString: true }))],
  }),
  "--set-file": (value, { fileParameters = [] }) => ({
    fileParameters: [
      ...fileParameters,
      ...parametersIn(value).map(({ name, value: path }) => ({ name, path })),
    ],
  }),
  "--namespace": (namespace) => ({ namespace }),
  "--name-template": (releaseName) => ({ releaseName }),
  "--kube-version": (kubeVersion) => ({ kubeVersion }),
  "--api-versions": (value, { apiVersions = [] }) => ({ apiVersions: [...apiVersions, ...value.split(",")] }),
};
const ALONE: Readonly<Record<string, HelmSource>> = {
  "--skip-crds": { skipCrds: true },
  "--skip-tests": { skipTests: true },
  "--skip-schema-validation": { skipSchemaValidation: true },
  // What happens anyway, or changes no manifest.
  "--include-crds": {},
  "--dependency-update": {},
  "--debug": {},
  // Of the folder that nothing is written into here; it has no value.
  "--release-name": {},
  ".": {},
};
const SHORT: Readonly<Record<string, string>> = {
  "-f": "--values",
  "-n": "--namespace",
  "-a": "--api-versions",
};

/** Options of `helm template` as a source writes them for a shell, which splits them at spaces, as fields of a source. */
export function readHelmArguments(text: string): HelmArguments {
  let helm: HelmSource = {};
  let json: Record<string, unknown> | undefined;
  const words = text.split(/\s+/).filter((word) => word !== "");
  while (words.length > 0) {
    const [written = "", inPlace] = splitWord(words.shift() ?? "");
    const name = SHORT[written] ?? written;
    if (name === "--set-json") {
      const set = jsonValues(inPlace ?? words.shift() ?? "");
      if (set === undefined)
        return { ok: false, why: "--set-json takes name=JSON without spaces, its lists whole" };
      json = merged(json ?? {}, set);
      continue;
    }
    const [option, flag] = [WITH_VALUE[name], ALONE[name]];
    if (option !== undefined) {
      const value = inPlace ?? words.shift() ?? "";
      if (value === "") return { ok: false, why: `${written} has no value` };
      helm = { ...helm, ...option(value, helm) };
    } else if (flag === undefined) return { ok: false, why: `${written} is no option that is read here` };
    else if (inPlace !== "false") helm = { ...helm, ...flag };
  }
  return { ok: true, helm, ...defined({ json }) };
}

/** `--name=value`, and `-fvalue` too. */
function splitWord(word: string): [string, string?] {
  const short = /^(-[a-z])=?(.+)$/s.exec(word);
  if (short !== null) return [short[1] ?? "", short[2] ?? ""];
  const [name = "", value] = word.split(/=(.*)/s, 2);
  return value === undefined ? [name] : [name, value];
}

/** `a.b=[1],c={"d":2}`, or one whole object; undefined where it is neither. */
function jsonValues(text: string): Record<string, unknown> | undefined {
  if (text === "") return undefined;
  const whole = parsed(text);
  if (isMapping(whole)) return whole;
  let found: Record<string, unknown> = {};
  for (let rest = text; rest !== ""; ) {
    const cut = rest.indexOf("=");
    const path = rest.slice(0, cut).split(/(?<!\\)\./);
    if (cut < 1 || path.some((step) => step === "" || step.includes("["))) return undefined;
    const after = rest.slice(cut + 1);
    // A comma ends the value where what stands before it is one.
    const ends = [...after.matchAll(/,|$/g)].map(({ index }) => index);
    const end = ends.find((at) => parsed(after.slice(0, at)) !== undefined);
    if (end === undefined) return undefined;
    const value = path.reduceRight<unknown>(
      (inner, step) => ({ [step.replaceAll("\\.", ".")]: inner }),
      parsed(after.slice(0, end)),
    );
    found = merged(found, value as Record<string, unknown>);
    rest = after.slice(end + 1);
  }
  return found;
}

/** undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Values as Helm lays one text of them over another: mappings by their keys, everything else whole. */
export function merged(
  under: Record<string, unknown>,
  over: Record<string, unknown>,
): Record<string, unknown> {
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key): [string, unknown] => {
      if (!Object.hasOwn(over, key)) return [key, under[key]];
      const [low, high] = [Object.hasOwn(under, key) ? under[key] : undefined, over[key]];
      return [key, isMapping(low) && isMapping(high) ? merged(low, high) : high];
    }),
  );
}

/** `a=1,b.c={x,y}`: commas end a parameter, but not behind a backslash and not in braces. */
function parametersIn(text: string): Parameter[] {
  const found: string[] = [""];
  let depth = 0;
  for (const [sign = ""] of text.matchAll(/\\.|./gs)) {
    if (sign === "{") depth++;
    if (sign === "}") depth--;
    if (sign === "," && depth <= 0) found.push("");
    else found.push((found.pop() ?? "") + sign);
  }
  return found.map((one) => {
    const cut = one.indexOf("=");
    return { name: cut < 0 ? one : one.slice(0, cut), value: cut < 0 ? "" : one.slice(cut + 1) };
  });
}
