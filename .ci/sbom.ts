/** What a build is made of, as CycloneDX 1.6 has it: the packages of the lock that are not for development alone. */

interface Locked {
  version?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  link?: boolean;
}

/** @param lock package-lock.json, version 3 @param made whose bill it is; `epoch`: seconds since 1970 */
export function bill(
  lock: { packages: Record<string, Locked> },
  made: { version: string; epoch: number },
): Record<string, unknown> {
  const components = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path !== "" && dev !== true && link !== true)
    .map(([path, { version = "", integrity, license }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
      const [algorithm, digest] = integrity?.split("-") ?? [];
      return {
        type: "library",
        "bom-ref": path,
        name,
        version,
        purl,
        ...(license === undefined ? {} : { licenses: [licenceOf(license)] }),
        ...(algorithm !== "sha512" || digest === undefined
          ? {}
          : { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }),
      };
    })
    .sort((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1));
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

/** `(MIT OR Apache-2.0)` is an expression, `MIT` an id. */
function licenceOf(license: string): Record<string, unknown> {
  return /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license };
}
