export type BuildOptions = { ok: true; words: string[] } | { ok: false; text: string; fix: string };

/** By option: the values that it may have. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "--load-restrictor": ["LoadRestrictionsNone", "LoadRestrictionsRootOnly"],
  "--reorder": ["none", "legacy"],
};
/** As older versions spelled them. */
const FORMERLY: Readonly<Record<string, string>> = {
  "--load_restrictor": "--load-restrictor",
  none: "LoadRestrictionsNone",
  rootOnly: "LoadRestrictionsRootOnly",
};
/** What they ask for is so anyway: charts in kustomizations are brought by the daemon, and rendered without a network. */
const ALWAYS = /^--enable-helm(?:=true)?$/;
const REFUSED: Readonly<Record<string, string>> = {
  "--enable-helm": "charts in kustomizations are always rendered",
  "--helm-command": "which Helm it is render.helm of the config says",
  "--enable-alpha-plugins":
    "it lets a repository run programs. KSOPS needs it no more: its generators are built in",
  "--enable-exec": "it lets a repository run programs. KSOPS needs it no more: its generators are built in",
  "--enable-star": "it lets a repository run programs",
  "--network": "it lets a repository reach the network",
  "--mount": "it shows a repository's plugins the machine's files",
  "--as-current-user": "it is for plugins in containers, which do not run",
  "--env": "it is for plugins in containers, which do not run",
  "-e": "it is for plugins in containers, which do not run",
  "--output": "what is rendered goes to the daemon",
  "-o": "what is rendered goes to the daemon",
};

/** Options of `kustomize build` that open no wall, from one text as Argo CD has it. */
export function readBuildOptions(text: string): BuildOptions {
  const given = text.split(/\s+/).filter((word) => word !== "");
  const words: string[] = [];
  while (given.length > 0) {
    if (ALWAYS.test(given[0] ?? "")) {
      given.shift();
      continue;
    }
    const [written = "", inPlace] = (given.shift() ?? "").split(/=(.*)/s, 2);
    const option = FORMERLY[written] ?? written;
    const values = ALLOWED[option];
    if (values === undefined) {
      const why = REFUSED[option] ?? "it is none that is known to be harmless";
      const allowed = Object.keys(ALLOWED).join(" and ");
      return { ok: false, text: `${written} is not taken: ${why}`, fix: `Remove it; ${allowed} are taken` };
    }
    const said = inPlace ?? given.shift() ?? "";
    const value = option === "--load-restrictor" ? (FORMERLY[said] ?? said) : said;
    if (!values.includes(value))
      return {
        ok: false,
        text: `${option} cannot be ${value || "nothing"}`,
        fix: `Write ${values.join(" or ")}`,
      };
    words.push(option, value);
  }
  return { ok: true, words };
}
