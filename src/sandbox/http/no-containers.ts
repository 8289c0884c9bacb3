import { ApiError } from "../api-error.ts";

/** What a person would reach into a container for, by the subresource that kubectl asks. */
const REACHES_IN: Readonly<Record<string, string>> = {
  exec: "no command runs in it (kubectl exec, cp)",
  attach: "there is nothing to attach to",
  portforward: "no port of it answers (kubectl port-forward)",
  proxy: "no port of it answers",
  ephemeralcontainers: "no container can be added to it (kubectl debug)",
};

/**
 * Pods of the sandbox are objects alone.
 * @returns undefined for what has nothing to do with containers
 */
export function noContainers(pod: string, subresource: string): ApiError | undefined {
  const why = REACHES_IN[subresource];
  if (why === undefined) return undefined;
  return new ApiError(
    501,
    "NotImplemented",
    `the sandbox runs no containers: Pod ${pod} is an object alone, so ${why}`,
  );
}
