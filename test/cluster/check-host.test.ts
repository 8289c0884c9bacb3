/** What users write, hostile scripts and expressions too, in the process that the compiled binary starts for it. */
import { checkHostCommand } from "../../src/checks/check-host-verb.ts";
import { checkHostConformance } from "../conformance/check-host.ts";
import { jqConformance } from "../conformance/jq.ts";
import { BINARY } from "../lib/daemon.ts";

const compiled = { execPath: BINARY, argv: [BINARY, "/$bunfs/root/holdfast"] };

checkHostConformance(checkHostCommand(compiled, "checks"));
jqConformance(checkHostCommand(compiled, "jq"));
