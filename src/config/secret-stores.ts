import type { Secret } from "../core/model/secret.ts";
import type { SecretStoreSettings } from "../core/model/secret-store.ts";
import { defined } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { compileGlob } from "../lib/glob.ts";
import type { Values } from "./read-settings.ts";

/** What the table of settings cannot say of one key alone. */
export function readSecretStores(
  entries: readonly Values[],
  report: (path: FieldPath, text: string, fix?: string) => void,
): SecretStoreSettings[] {
  const names = entries.map((entry) => entry["name"] as string);
  return entries.flatMap((entry, index) => {
    const at = (key: string): FieldPath => ["secretStores", index, key];
    const { token, secretId } = entry as Record<"token" | "secretId", Secret | undefined>;
    const roleId = entry["roleId"] as string;
    const paths = entry["paths"] as string[];
    if (names.indexOf(names[index] ?? "") < index)
      report(at("name"), `two stores are named ${names[index]}`, "Remove one of them");
    for (const [place, glob] of paths.entries()) {
      const compiled = compileGlob(glob, { slash: "stops", braces: "alternatives" });
      if (!compiled.ok) report([...at("paths"), place], compiled.problem);
    }
    const login: SecretStoreSettings["login"] | undefined =
      token !== undefined && roleId === "" && secretId === undefined
        ? { by: "token", token }
        : token === undefined && roleId !== "" && secretId !== undefined
          ? {
              by: "approle",
              roleId,
              secretId,
              mount: (entry["mount"] as string).replace(/^\/+|\/+$/g, ""),
            }
          : undefined;
    if (login === undefined) {
      report(at("token"), "needs token, or roleId and secretId", "Give one of the two logins");
      return [];
    }
    return [
      {
        name: entry["name"] as string,
        address: (entry["address"] as string).replace(/\/+$/, ""),
        login,
        namespace: entry["namespace"] as string,
        kvVersion: entry["kvVersion"] as SecretStoreSettings["kvVersion"],
        paths,
        ...defined({ ca: entry["ca"] as string | undefined }),
      },
    ];
  });
}
