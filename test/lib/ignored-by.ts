import {
  asPlaces,
  type IgnoredFields,
  IgnoreRules,
  ignoredFields,
  placesOf,
} from "../../src/core/compare/index.ts";
import type { Application } from "../../src/core/model/application.ts";
import type { DesiredObject } from "../../src/core/model/desired-object.ts";
import type { IgnoreRule } from "../../src/core/model/ignore-rule.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";

/** What an application's rules leave to others in one object, where no expression needs jq itself. */
export function ignoredBy(
  app: Pick<Application, "spec">,
  { ref, object }: Pick<DesiredObject, "ref" | "object">,
  { live, rules = [] }: { live?: KubeObject; rules?: readonly IgnoreRule[] } = {},
): IgnoredFields {
  const meant = new IgnoreRules(app.spec.ignoreDifferences, rules).of(ref);
  const placesIn = (one: KubeObject) =>
    new Map(
      meant.expressions.map(({ text, plain = [] }) => [text, asPlaces(placesOf(plain, one), one)] as const),
    );
  return ignoredFields(meant, object, live, {
    desired: placesIn(object),
    live: live === undefined ? new Map() : placesIn(live),
  });
}
