import { RENDER_COST } from "./render-cost.ts";
import { RENDER_PATHS } from "./render-paths.ts";
import { RENDER_REACH } from "./render-reach.ts";
import type { Row } from "./row.ts";

export const RENDER: readonly Row[] = [...RENDER_PATHS, ...RENDER_REACH, ...RENDER_COST];
