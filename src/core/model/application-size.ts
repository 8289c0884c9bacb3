import { defined } from "../../lib/defined.ts";
import type { Application } from "./application.ts";
import type { Problem } from "./problem.ts";

/** Of a manifest as JSON, UTF-16 units: what etcd takes in one request by default, less its room for what it adds. */
const MOST_OF_APPLICATION = 1 << 20;
/** Of all but its spec: what Kubernetes takes of annotations, which are the most of it. */
const MOST_BESIDE_SPEC = 256 << 10;

/** Why an application is not kept: fields that we do not know are, so their size is all that bounds them. */
export function applicationTooLarge(app: Application): Problem | undefined {
  const { status: _, spec, ...rest } = app;
  const beside = JSON.stringify(rest).length;
  const tooLarge = (what: string, most: number, fix?: string): Problem => ({
    severity: "error",
    object: `Application ${app.metadata.namespace}/${app.metadata.name}`,
    text: `${what} larger than ${most / 1024} KiB`,
    ...defined({ fix }),
  });
  if (beside > MOST_BESIDE_SPEC)
    return tooLarge("its metadata and what else stands beside its spec are", MOST_BESIDE_SPEC);
  if (beside + JSON.stringify(spec).length > MOST_OF_APPLICATION)
    return tooLarge("it is", MOST_OF_APPLICATION, "Put large values into files of its repository");
  return undefined;
}
