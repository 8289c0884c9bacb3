/** Whether the repositories, files and charts that sources name beside their own repositories may be asked, and answer. */
import type { ElsewherePlace } from "../../plugins/renderers/kustomize/named-elsewhere.ts";
import type { Check } from "../cli/offline-verbs.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { BaseFetcher, ChartFetcher } from "../core/ports/renderers.ts";
import type { Settings } from "../engine/settings.ts";
import { refusalOfBase } from "../engine/target/base-fetcher.ts";
import { addressOfChart, type ChartRefusal, refusalOfChart } from "../engine/target/chart-fetcher.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { addressesIn, type SourceAddress, urlOf } from "./source-addresses.ts";

/** Who answers. */
export interface Fetchers {
  bases: Pick<BaseFetcher, "findFile" | "findTree">;
  charts: Pick<ChartFetcher, "find">;
}

/** An address, and the sentence's beginning that says who names it: "" where the address is enough. */
export interface AskedAddress extends Pick<SourceAddress, "places"> {
  by: string;
}

export function addressesOfApplications(apps: readonly Application[]): AskedAddress[] {
  return apps.flatMap(({ spec }) =>
    sourcesOf(spec).flatMap((source) => addressesIn(source).map(({ places }) => ({ places, by: "" }))),
  );
}

/** Asks each once; who names it first is named. */
export async function addressChecks(asked: readonly AskedAddress[], fetchers: Fetchers): Promise<Check[]> {
  const once = new Map<string, AskedAddress>();
  for (const one of asked) {
    const key = JSON.stringify(one.places);
    if (!once.has(key)) once.set(key, one);
  }
  return Promise.all([...once.values()].map((one) => addressCheck(one, fetchers)));
}

/** Of what may be in several places the first refusal is said, as a render says it. */
async function addressCheck({ places, by }: AskedAddress, fetchers: Fetchers): Promise<Check> {
  const [first, ...others] = places;
  const checks = [await placeCheck(first, by, fetchers)];
  for (const place of others)
    if (checks.every(({ state }) => state === "failed")) checks.push(await placeCheck(place, by, fetchers));
  return checks.find(({ state }) => state === "ok") ?? (checks[0] as Check);
}

async function placeCheck(place: ElsewherePlace, by: string, fetchers: Fetchers): Promise<Check> {
  const url = withoutUserinfo(urlOf(place));
  const name = NAMES[place.is];
  try {
    return { name, state: "ok", text: `${url} answers${await answerOf(place, fetchers)}` };
  } catch (cause) {
    const { object, cannot, why, fix } = asFailure(cause, url, "ask it");
    return { name, state: "failed", text: `${by}${object}: cannot ${cannot}: ${why}`, ...defined({ fix }) };
  }
}

const NAMES = { repository: "base", file: "file", chart: "chart" } as const;

async function answerOf(place: ElsewherePlace, { bases, charts }: Fetchers): Promise<string> {
  switch (place.is) {
    case "file":
      await bases.findFile(place.url);
      return "";
    case "repository": {
      const { commit, ref } = await bases.findTree(place.tree);
      const what = ref === "" ? "" : `${ref.replace(/^refs\/(?:heads|tags)\//, "")} is `;
      return ` (${what}${commit.slice(0, 7)})`;
    }
    case "chart": {
      const { name, version } = place.chart;
      return ` (${name} ${version} is ${(await charts.find(place.chart)).version})`;
    }
  }
}

export type AddressRules = Pick<Settings, "remoteBases" | "repositories">;

/** Addresses of an Application that the config does not permit; `line` is the Application's. */
export function addressProblems(
  { app, file, line }: { app: Application; file: string; line?: number },
  rules: AddressRules,
): Problem[] {
  const sources = sourcesOf(app.spec);
  const many = app.spec.sources !== undefined;
  return sources.flatMap((source, index) =>
    addressesIn(source).flatMap(({ field, places }) =>
      refusedPlace(places, rules, sources, {
        file,
        ...defined({ line }),
        path: `spec.${many ? `sources[${index}]` : "source"}.${field}`,
      }),
    ),
  );
}

/**
 * What is named and not permitted in any of its meanings: none, or one.
 * @param sources of the Application, whose hosts may be asked for charts
 */
export function refusedPlace(
  places: SourceAddress["places"],
  rules: AddressRules,
  sources: Parameters<typeof refusalOfChart>[2],
  at: Pick<Problem, "file" | "line" | "path">,
): Problem[] {
  const refusals = places.map((place) => refusalOf(place, rules, sources));
  const [first] = refusals;
  if (first === undefined || refusals.includes(undefined)) return [];
  const shown = withoutUserinfo(urlOf(places[0]));
  return [{ severity: "error", ...at, text: `${shown} cannot be fetched: ${first.why}`, fix: first.fix }];
}

function refusalOf(
  place: ElsewherePlace,
  rules: AddressRules,
  sources: Parameters<typeof refusalOfChart>[2],
): ChartRefusal | undefined {
  if (place.is !== "chart") return refusalOfBase(withoutUserinfo(urlOf(place)), rules, undefined);
  try {
    return refusalOfChart(
      addressOfChart(place.chart, rules.repositories),
      rules.repositories,
      sources,
      undefined,
    );
  } catch (cause) {
    const { why, fix = "Write the address itself" } = asFailure(cause, place.chart.repoURL, "find it");
    return { why, fix };
  }
}
