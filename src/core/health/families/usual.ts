import { conventionHealth } from "./conventions.ts";
import { reported } from "./reported.ts";

/** For kinds whose controller always reports, in the ways that most kinds share. */
export const usualHealth = reported(conventionHealth);
