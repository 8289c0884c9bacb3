/** Entry of the process for scripts where the program runs from its sources; the binary has the verb `check-host`. */
import { runCheckHost } from "./run-check-host.ts";

await runCheckHost(process.argv[2]);
