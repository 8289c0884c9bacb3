import type { HelmSource } from "../../../src/core/model/source.ts";

export type HelmArguments = { ok: true; helm: HelmSource } | { ok: false; why: string };

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
  "--release-name": (releaseName) => ({ releaseName }),
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
  const words = text.split(/\s+/).filter((word) => word !== "");
  while (words.length > 0) {
    const [written = "", inPlace] = (words.shift() ?? "").split(/=(.*)/s, 2);
    const name = SHORT[written] ?? written;
    const [option, flag] = [WITH_VALUE[name], ALONE[name]];
    if (option !== undefined) {
      const value = inPlace ?? words.shift() ?? "";
      if (value === "") return { ok: false, why: `${written} has no value` };
      helm = { ...helm, ...option(value, helm) };
    } else if (flag === undefined) return { ok: false, why: `${written} is no option that is read here` };
    else if (inPlace !== "false") helm = { ...helm, ...flag };
  }
  return { ok: true, helm };
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
