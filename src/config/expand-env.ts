export type Expanded = { ok: true; text: string } | { ok: false; text: string; fix: string };

/**
 * Replaces `${NAME}` by the environment variable, and `$$` by a dollar sign. A single dollar is itself. A variable that is
 * not set, or empty, is an error that names it: half a secret is worse than none.
 */
export function expandEnv(text: string, env: Readonly<Record<string, string | undefined>>): Expanded {
  const missing: string[] = [];
  let open = false;
  const expanded = text.replace(
    /\$\$|\$\{([^}]*)(\}?)/g,
    (whole: string, name: string | undefined, close: string | undefined) => {
      if (whole === "$$") return "$";
      if (close !== "}" || name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        open = true;
        return whole;
      }
      const value = env[name];
      if (value === undefined || value === "") missing.push(name);
      return value ?? "";
    },
  );
  if (open) return { ok: false, text: "holds a ${ that is no ${NAME}", fix: "Write $$ for a dollar sign" };
  const [first] = missing;
  if (first !== undefined)
    return {
      ok: false,
      text: `the environment variable ${missing.join(" and ")} is not set`,
      fix: `Set ${first}, or write the value into a file and name that`,
    };
  return { ok: true, text: expanded };
}
