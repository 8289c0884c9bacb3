import { accessSync, constants, statSync } from "node:fs";
import type { Check } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import { reasonOf } from "../config/read-settings.ts";

/** Whether the keys that encrypted files need can be read, and by whom else. */
export function keyChecks({ age, pgp }: Config["decryption"]): Check[] {
  return [...age.map((path) => keyCheck("age", path)), ...pgp.map((path) => keyCheck("PGP", path))];
}

function keyCheck(kind: "age" | "PGP", path: string): Check {
  const check = { name: "decryption", text: `${path} (${kind})` };
  try {
    accessSync(path, constants.R_OK);
    if ((statSync(path).mode & 0o007) === 0) return { ...check, state: "ok" };
    return {
      ...check,
      state: "warning",
      text: `${check.text} can be read by every user of this machine`,
      fix: `chmod 600 ${path}`,
    };
  } catch (cause) {
    return {
      ...check,
      state: "failed",
      text: `${check.text} cannot be read: ${reasonOf(cause)}. Files that are encrypted for it are not rendered`,
      fix: "Correct decryption in the config, or the file's permissions",
    };
  }
}
