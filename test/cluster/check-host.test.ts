/** Users' scripts, hostile ones too, in the process that the compiled binary starts for them. */
import { checkHostCommand } from "../../src/checks/check-host-verb.ts";
import { checkHostConformance } from "../conformance/check-host.ts";
import { BINARY } from "../lib/daemon.ts";

checkHostConformance(checkHostCommand({ execPath: BINARY, argv: [BINARY, "/$bunfs/root/holdfast"] }));
