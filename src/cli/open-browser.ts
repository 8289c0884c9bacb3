import { shellWords } from "../lib/shell-words.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Opens an address in the browser of whoever sits at this machine: `$BROWSER`, else what the system has for it. Without a
 * display, or over ssh, there is none. The program is not waited for.
 */
export async function openBrowser(
  address: string,
  platform: NodeJS.Platform,
  env: Env,
): Promise<"opened" | "none"> {
  const [program, ...words] = browserFor(platform, env);
  if (program === undefined) return "none";
  try {
    const child = Bun.spawn([program, ...words, address], {
      ...({ stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const),
    });
    child.unref();
    // One that fails at once opened nothing; one that goes on is the browser itself.
    const code = await Promise.race([child.exited, Bun.sleep(STARTS_MS)]);
    return code === undefined || code === 0 ? "opened" : "none";
  } catch {
    return "none";
  }
}

const STARTS_MS = 1_000;

/** The words before the address; none where nobody would see it. */
function browserFor(platform: NodeJS.Platform, env: Env): string[] {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = env;
  if (BROWSER) return shellWords(BROWSER);
  if (SSH_CONNECTION) return [];
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : [];
}
