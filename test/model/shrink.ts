/** The smallest script that still breaks the same rule: what is left of it is what matters. */
import { play } from "./play.ts";
import type { Rule } from "./safety.ts";
import { APPS, FOLDERS, REPOSITORIES, type Script, type Step } from "./script.ts";

/**
 * Tries ever smaller scripts, greedily, until none of them fails any more or so many were tried. The delays depend on
 * the seed and on what passes, so what is left of a script happens much as it did.
 */
export async function shrink(script: Script, rule: Rule, mostTries = 400): Promise<Script> {
  let smallest = script,
    tries = 0;
  const stillFails = async (smaller: Script): Promise<boolean> => {
    tries += 1;
    return (await play(smaller, (one) => one === rule)).violation !== undefined;
  };
  for (;;) {
    const before = smallest;
    for (const smaller of candidates(smallest)) {
      if (tries >= mostTries) return smallest;
      if (!(await stillFails(smaller))) continue;
      smallest = smaller;
      break;
    }
    if (smallest === before) return smallest;
  }
}

/** The boldest first. */
function* candidates(script: Script): Generator<Script> {
  const { steps, files } = script;
  for (let size = steps.length; size >= 1; size = size >> 1) {
    for (let at = 0; at + size <= steps.length; at += size)
      yield { ...script, steps: [...steps.slice(0, at), ...steps.slice(at + size)] };
  }
  for (const repository of REPOSITORIES) {
    for (const folder of FOLDERS) {
      const all = files[repository][folder];
      for (let at = 0; at < all.length && all.length > 1; at++)
        yield {
          ...script,
          files: {
            ...files,
            [repository]: { ...files[repository], [folder]: all.filter((_, other) => other !== at) },
          },
        };
    }
  }
  for (const app of APPS) {
    const spec = script.specs[app];
    if (spec.sync !== "manual")
      yield { ...script, specs: { ...script.specs, [app]: { ...spec, sync: "manual" } } };
    if (spec.project !== "default")
      yield { ...script, specs: { ...script.specs, [app]: { ...spec, project: "default" } } };
    if (spec.retries !== 0) yield { ...script, specs: { ...script.specs, [app]: { ...spec, retries: 0 } } };
  }
  for (const [at, step] of steps.entries()) {
    for (const simpler of simplerSteps(step)) yield { ...script, steps: steps.with(at, simpler) };
  }
}

function simplerSteps({ when, command }: Step): Step[] {
  const sooner: Step[] = "during" in when || when.afterMs > 0 ? [{ when: { afterMs: 0 }, command }] : [];
  if ("during" in when) sooner.push({ when: { afterMs: 2_000 }, command });
  if (command.do !== "commit" || command.files.length < 2) return sooner;
  return [
    ...sooner,
    ...command.files.map(
      (_, at): Step => ({
        when,
        command: { ...command, files: command.files.filter((_, other) => other !== at) },
      }),
    ),
  ];
}
