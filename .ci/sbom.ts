/** What a build is made of, as CycloneDX 1.6 has it: packages of the lock, and modules of our programs that are written in Go. */

interface Locked {
  version?: string;
  integrity?: string;
  license?: string;
}

export interface Lock {
  packages: Record<string, Locked>;
}

/** What Go wrote into a program of how it was built. */
export interface GoBuild {
  /** Of the language, its runtime and its library: `1.26.8`. */
  go: string;
  modules: readonly { path: string; version: string }[];
}

/** By path below node_modules' folder, as the lock names packages. */
const PACKAGE = /^.*?(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/.*$/;

/**
 * @param files what a bundler read, by path
 * @returns the packages that they are of, by their path in the lock
 */
export function packagesOf(files: Iterable<string>): Set<string> {
  return new Set([...files].filter((file) => PACKAGE.test(file)).map((file) => file.replace(PACKAGE, "$1")));
}

/**
 * @param program an executable
 * @throws {Error} where Go did not build it
 */
export function goBuildOf(program: Uint8Array): GoBuild {
  const text = Buffer.from(program).toString("latin1");
  const [, go] = /\xff Go buildinf:[\s\S]{16,40}?go(\d+\.\d+(?:\.\d+)?)/.exec(text) ?? [];
  if (go === undefined) throw new Error("it does not say which Go built it");
  const modules = [...text.matchAll(/\ndep\t(\S+)\t(v\S+)/g)].map(([, path = "", version = ""]) => ({
    path,
    version,
  }));
  return { go, modules };
}

/**
 * @param lock package-lock.json, version 3
 * @param made whose bill it is; `epoch`: seconds since 1970; `packages`: by their path in the lock
 * @throws {Error} where a package is none of the lock
 */
export function bill(
  lock: Lock,
  made: { version: string; epoch: number; packages: Iterable<string>; go: readonly GoBuild[] },
): Record<string, unknown> {
  const components = [
    ...[...made.packages].map((path) => npmComponent(path, lock.packages[path])),
    ...goComponents(made.go),
  ].sort((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: `${new Date(made.epoch * 1000).toISOString().slice(0, 19)}Z`,
      component: {
        type: "application",
        "bom-ref": "holdfast",
        name: "holdfast",
        version: made.version,
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components,
  };
}

function npmComponent(path: string, locked: Locked | undefined) {
  if (locked === undefined) throw new Error(`${path} is in the program and not in the lock: run npm ci`);
  const { version = "", integrity, license } = locked;
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const [algorithm, digest] = integrity?.split("-") ?? [];
  return {
    type: "library",
    "bom-ref": path,
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    ...(license === undefined ? {} : { licenses: [licenceOf(license)] }),
    ...(algorithm !== "sha512" || digest === undefined
      ? {}
      : { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }),
  };
}

/** A module that both programs have in one version stands there once. */
function goComponents(builds: readonly GoBuild[]) {
  const all = builds.flatMap(({ go, modules }) => [{ path: "std", version: go }, ...modules]);
  const byPurl = new Map(
    all.map(
      ({ path, version }) => [`pkg:golang/${path.toLowerCase()}@${version}`, { path, version }] as const,
    ),
  );
  return [...byPurl].map(([purl, { path, version }]) => ({
    type: "library",
    "bom-ref": purl,
    name: path,
    version,
    purl,
  }));
}

/** `(MIT OR Apache-2.0)` is an expression, `MIT` an id. */
function licenceOf(license: string): Record<string, unknown> {
  return /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license };
}
