/** Whether the repositories and files that Applications name beside their own sources may be asked, and answer. */
import type { Check } from "../cli/offline-verbs.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { BaseFetcher } from "../core/ports/renderers.ts";
import type { Settings } from "../engine/settings.ts";
import { refusalOfBase } from "../engine/target/base-fetcher.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { addressesIn, type SourceAddress } from "./source-addresses.ts";

/** Asks each once. */
export async function addressChecks(apps: readonly Application[], bases: BaseFetcher): Promise<Check[]> {
  const asked = new Map<string, SourceAddress>();
  for (const source of apps.flatMap(({ spec }) => sourcesOf(spec)))
    for (const address of addressesIn(source))
      asked.set(address.is === "file" ? address.url : `${address.url} ${address.tree.revision}`, address);
  return Promise.all(
    [...asked.values()].map(async (address): Promise<Check> => {
      const url = withoutUserinfo(address.url);
      const name = address.is === "file" ? "file" : "base";
      try {
        if (address.is === "file") {
          await bases.findFile(address.url);
          return { name, state: "ok", text: `${url} answers` };
        }
        const { commit, ref } = await bases.findTree(address.tree);
        const what = ref === "" ? "" : `${ref.replace(/^refs\/(?:heads|tags)\//, "")} is `;
        return { name, state: "ok", text: `${url} answers (${what}${commit.slice(0, 7)})` };
      } catch (cause) {
        const { object, cannot, why, fix } = asFailure(cause, url, "ask it");
        return { name, state: "failed", text: `${object}: cannot ${cannot}: ${why}`, ...defined({ fix }) };
      }
    }),
  );
}

/** Addresses of an Application that the config does not permit; `line` is the Application's. */
export function addressProblems(
  { app, file, line }: { app: Application; file: string; line?: number },
  rules: Pick<Settings, "remoteBases" | "repositories">,
): Problem[] {
  const many = app.spec.sources !== undefined;
  return sourcesOf(app.spec).flatMap((source, index) =>
    addressesIn(source).flatMap(({ field, url }): Problem[] => {
      const shown = withoutUserinfo(url);
      const refused = refusalOfBase(shown, rules, undefined);
      if (refused === undefined) return [];
      return [
        {
          severity: "error",
          file,
          ...defined({ line }),
          path: `spec.${many ? `sources[${index}]` : "source"}.${field}`,
          text: `${shown} cannot be fetched: ${refused.why}`,
          fix: refused.fix,
        },
      ];
    }),
  );
}
