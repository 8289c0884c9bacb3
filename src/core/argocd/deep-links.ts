/**
 * `project.links`, `application.links` and `resource.links` of `argocd-cm`. What cannot be read of a link costs that link, and
 * is warned of: no link is worth that nothing is delivered.
 */
import { filled } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import {
  type DeepLink,
  type DeepLinks,
  LINK_PLACES,
  LONGEST_TEMPLATE,
  MOST_LINKS,
  NO_LINKS,
} from "../model/deep-link.ts";

/** Field of the ConfigMap to ours. */
const FIELDS = {
  title: "title",
  url: "url",
  description: "description",
  "icon.class": "iconClass",
  if: "condition",
} as const satisfies Record<string, keyof DeepLink>;

/** @param data of `argocd-cm` @param warn of one key @returns undefined where no key says any */
export function deepLinksOf(
  data: Readonly<Record<string, string>>,
  warn: (key: string, text: string, fix?: string) => void,
): DeepLinks | undefined {
  const said = LINK_PLACES.filter((place) => (data[`${place}.links`] ?? "").trim() !== "");
  if (said.length === 0) return undefined;
  return {
    ...NO_LINKS,
    ...Object.fromEntries(
      said.map((place) => {
        const key = `${place}.links`;
        return [place, linksIn(data[key] ?? "", (text, fix) => warn(key, text, fix))];
      }),
    ),
  };
}

function linksIn(text: string, warn: (text: string, fix?: string) => void): DeepLink[] {
  const { documents, problems } = parseYaml(text, { duplicateKeys: "keep-last" });
  const broken = problems.find(({ severity }) => severity === "error");
  if (broken !== undefined) {
    warn(`line ${broken.line ?? 1}: ${broken.text}: it makes no links`, broken.fix);
    return [];
  }
  const entries: unknown = documents[0]?.value ?? [];
  if (!Array.isArray(entries)) {
    warn("is no list, and makes no links", "Write each link as an item, - title: … and url: …");
    return [];
  }
  if (entries.length > MOST_LINKS)
    warn(`has more than ${MOST_LINKS} links: the first ${MOST_LINKS} are shown`);
  return entries.slice(0, MOST_LINKS).flatMap((entry: unknown, index) => {
    const read = linkOf(entry);
    if (typeof read !== "string") return [read];
    warn(`link ${index + 1} ${read}: it is not shown`);
    return [];
  });
}

/** @returns what is wrong with it */
function linkOf(entry: unknown): DeepLink | string {
  if (!isMapping(entry)) return "is no mapping";
  const read: Partial<Record<keyof DeepLink, string>> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (!Object.hasOwn(FIELDS, key)) return `has a field ${key}, which links do not have`;
    if (value === null) continue;
    if (typeof value !== "string") return `has no text as ${key}: put it in quotes`;
    if (value.length > LONGEST_TEMPLATE) return `has a ${key} of more than ${LONGEST_TEMPLATE} characters`;
    read[FIELDS[key as keyof typeof FIELDS]] = value.trim();
  }
  const { title = "", url = "", ...others } = read;
  if (url === "") return "has no url";
  if (title === "") return "has no title";
  return { title, url, ...filled(others) };
}
