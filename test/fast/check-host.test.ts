import { join } from "node:path";
import { checkHostConformance } from "../conformance/check-host.ts";

checkHostConformance([process.execPath, join(import.meta.dir, "../../src/checks/host-main.ts"), "checks"]);
