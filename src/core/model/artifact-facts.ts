import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** What its publisher says of an artifact: words of strangers, each of which may be absent. */
export interface ArtifactFacts {
  /** RFC 3339. */
  created?: string;
  authors?: string;
  url?: string;
  documentation?: string;
  /** Where it was made from. */
  source?: string;
  version?: string;
  title?: string;
  description?: string;
}

/** What a chart says of itself. */
export interface ChartFacts {
  description: string;
  home: string;
  /** `Ann <ann@example.com>`. */
  maintainers: string[];
}

export interface ArtifactAbout {
  /** The source's place among the application's sources. */
  source: number;
  /** As its registry tells it; empty of a chart repository. */
  facts: ArtifactFacts;
  /** Absent where it is a folder of manifests. */
  chart?: ChartFacts;
}

/** Letters of one of them that are shown. */
const MOST = 1_000;
const MOST_MAINTAINERS = 50;

/** Source: OCI image-spec 1.1, "Pre-Defined Annotation Keys"; those that Argo CD shows, and the title. */
export function artifactFacts(annotations: Readonly<Record<string, string>>): ArtifactFacts {
  const said = (name: string): string | undefined => textOf(annotations[`org.opencontainers.image.${name}`]);
  const created = said("created");
  return defined({
    // What is no date is nothing that anybody can sort by.
    created: created === undefined || Number.isNaN(Date.parse(created)) ? undefined : created,
    authors: said("authors"),
    url: said("url"),
    documentation: said("documentation"),
    source: said("source"),
    version: said("version"),
    title: said("title"),
    description: said("description"),
  });
}

/** @param chart the content of a Chart.yaml */
export function chartFacts(chart: unknown): ChartFacts {
  const { description, home, maintainers } = isMapping(chart) ? chart : {};
  return {
    description: textOf(description) ?? "",
    home: textOf(home) ?? "",
    maintainers: (Array.isArray(maintainers) ? maintainers : [])
      .slice(0, MOST_MAINTAINERS)
      .filter(isMapping)
      .map(({ name, email }) =>
        [textOf(name), textOf(email) === undefined ? undefined : `<${textOf(email)}>`]
          .filter((part) => part !== undefined)
          .join(" "),
      )
      .filter((one) => one !== ""),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, MOST) : undefined;
}
