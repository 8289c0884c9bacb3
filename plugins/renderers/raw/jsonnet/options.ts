import type { JsonnetOptions } from "../../../../src/core/model/application.ts";
import { Failure } from "../../../../src/core/model/failure.ts";
import { resolveInside } from "../../../../src/lib/resolve-inside.ts";
import { namesIn, substituteEnv } from "../../../../src/lib/substitute-env.ts";
import type { RenderRequest } from "../../../../src/plugin/contract.ts";

export interface Variable {
  name: string;
  value: string;
  code: boolean;
}

/** `directory.jsonnet` with the build environment put in. */
export interface Jsonnet {
  /** Where imports are looked for behind the importing file's own folder, the first one first; from the root. */
  libraries: string[];
  extVars: Variable[];
  tlas: Variable[];
}

/** The last of `libs` first, the source's own folder last. Source: Argo CD. */
export function jsonnetOf({ source, path, env }: RenderRequest): Jsonnet {
  const { libs, extVars, tlas } = optionsOf(source);
  const libraries = (libs ?? []).map((written) => {
    const inside = resolveInside("", substituteEnv(written, env), "from-root");
    if (inside.ok) return inside.path;
    throw new Failure("path-outside-source", written, "after-edit", {
      cannot: "render",
      why: `the folder in directory.jsonnet.libs is refused: ${inside.why}`,
      fix: "Write it relative to the repository's root",
    });
  });
  const withEnv = ({ name, value = "", code = false }: NonNullable<typeof tlas>[number]): Variable => ({
    name,
    value: substituteEnv(value, env),
    code,
  });
  return {
    libraries: [...libraries.reverse(), path],
    extVars: (extVars ?? []).map(withEnv),
    tlas: (tlas ?? []).map(withEnv),
  };
}

/** Variables of the build environment that these options name. */
export function envNamesOf(source: RenderRequest["source"]): string[] {
  const { libs, extVars, tlas } = optionsOf(source);
  const texts = [...(libs ?? []), ...[...(extVars ?? []), ...(tlas ?? [])].map(({ value }) => value ?? "")];
  return [...new Set(texts.flatMap(namesIn))];
}

function optionsOf(source: RenderRequest["source"]): JsonnetOptions {
  return source.directory?.jsonnet ?? {};
}
