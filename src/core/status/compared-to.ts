import { defined } from "../../lib/defined.ts";
import { type Application, type ApplicationStatus, sourcesOf } from "../model/application.ts";

/** What of a spec a comparison rests on, as the status names it. */
export function comparedTo({ spec }: Application): ApplicationStatus["sync"]["comparedTo"] {
  const sources = sourcesOf(spec);
  const from =
    (spec.sources ?? []).length > 0 ? { sources } : sources[0] === undefined ? {} : { source: sources[0] };
  return {
    ...from,
    destination: spec.destination,
    ...defined({ ignoreDifferences: spec.ignoreDifferences }),
  };
}
