import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { ApplicationSetSpec } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";

/** Functions of sprig whose result is another one at each call. */
const NEVER_THE_SAME =
  /\{\{[^}]*(?<![.$\w])(now|ago|rand(?:Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|uuidv4|shuffle|bcrypt|htpasswd|encryptAES|gen(?:PrivateKey|CA|CAWithKey|SelfSignedCert|SelfSignedCertWithKey|SignedCert|SignedCertWithKey))\b/;

/** What a set's templates say that will not be as their writer thinks. Said once, however many applications there are. */
export function templateWarnings({
  goTemplate,
  generators,
  template,
  templatePatch,
}: ApplicationSetSpec): Problem[] {
  const found: Problem[] = [];
  if (goTemplate === true)
    for (const [path, part] of Object.entries({ generators, template, templatePatch })) {
      const name = NEVER_THE_SAME.exec(textsOf(part).join("\n"))?.[1];
      if (name !== undefined)
        found.push({
          severity: "warning",
          path: `spec.${path}`,
          text: `${name} gives something else each time, so that applications change whenever they are generated`,
          fix: "Put the value into a parameter",
        });
    }
  return [...found, ...patchWarnings(templatePatch ?? "")];
}

/** By what can be read of a patch before it is filled in; most can be read as YAML. */
function patchWarnings(patch: string): Problem[] {
  const { documents, problems } = parseYaml(patch.replace(/^\s*\{\{.*\}\}\s*$/gm, ""), {
    duplicateKeys: "keep-last",
  });
  const value = problems.some(({ severity }) => severity === "error") ? undefined : documents[0]?.value;
  const { metadata, spec } = isMapping(value) ? value : {};
  const set = [
    isMapping(metadata) && "name" in metadata ? "metadata.name" : "",
    isMapping(metadata) && "namespace" in metadata ? "metadata.namespace" : "",
    isMapping(spec) && "project" in spec ? "spec.project" : "",
  ].filter((path) => path !== "");
  return set.map((path) => ({
    severity: "warning",
    path: "spec.templatePatch",
    text: `${path} has no effect in a patch`,
    fix: "Write it into the template",
  }));
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isMapping(value) ? [...Object.keys(value), ...Object.values(value).flatMap(textsOf)] : [];
}
