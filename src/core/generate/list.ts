import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { ListGenerator } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { failed, type Generated, joined, sets } from "./generated.ts";
import { asText, flatten, type Spelling } from "./parameters.ts";

/** The elements as they are written, then those of `elementsYaml`. */
export function listSets(list: ListGenerator, spelling: Spelling, path: string): Generated {
  const own = (list.elements ?? []).map((element, index) =>
    elementSet(element, spelling, `${path}.elements[${index}]`),
  );
  return joined([...own, yamlSets(list.elementsYaml ?? "", spelling, `${path}.elementsYaml`)]);
}

function elementSet(element: unknown, spelling: Spelling, path: string): Generated {
  if (!isMapping(element)) return failed(path, "must be a mapping of parameters");
  if (spelling === "nested") return sets(element);
  const flat: [string, string][] = [];
  for (const [key, value] of Object.entries(element)) {
    if (key === "values" && isMapping(value)) {
      for (const [name, one] of Object.entries(value)) flat.push([`values.${name}`, asText(one)]);
      continue;
    }
    if (isMapping(value) || Array.isArray(value) || value === null)
      return failed(
        `${path}.${key}`,
        "must be a text: without goTemplate a parameter has no parts",
        "Set goTemplate: true, or write it as parameters of their own",
      );
    flat.push([key, asText(value)]);
  }
  return sets(Object.fromEntries(flat));
}

function yamlSets(text: string, spelling: Spelling, path: string): Generated {
  if (text.trim() === "") return sets();
  const { documents, problems } = parseYaml(text, { duplicateKeys: "keep-last" });
  const [broken] = problems.filter(({ severity }) => severity === "error");
  if (broken !== undefined) return failed(path, `is no YAML: line ${broken.line ?? 1}: ${broken.text}`);
  const value = documents[0]?.value ?? [];
  if (!Array.isArray(value) || !value.every(isMapping)) return failed(path, "must be a list of mappings");
  return sets(...value.map((each): ParameterSet => (spelling === "nested" ? each : flatten(each))));
}
