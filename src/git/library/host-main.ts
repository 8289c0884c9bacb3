/** Entry of the process that reads Git where the program runs from its sources; the binary has the verb `git-host`. */
import { runGitHost } from "./run-git-host.ts";

await runGitHost(process.argv.slice(2));
